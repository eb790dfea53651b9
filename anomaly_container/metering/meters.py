"""The closed list of meters, by their names in a usage record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

API_TYPE: Final = "anomalydetector"
CONTAINER_TYPE: Final = "anomaly-detector"
PREFIX: Final = "CognitiveServices.AnomalyDetector.Container."


def wire_name(last_part: str) -> str:
    """Return the name of a meter in a usage record."""
    return PREFIX + last_part


def last_part(name: str) -> str:
    """Return the last part of a name in a usage record."""
    return name.removeprefix(PREFIX)


METERS: Final = tuple(
    wire_name(part)
    for part in (
        "EntireDetect",
        "LastDetect",
        "ChangePointDetect",
        "DataPoints",
        "BatchDetect",
        "StreamEvents",
        "NoveltyObservations",
        "MultivariateTrain",
        "MultivariateDetectBatch",
        "MultivariateDetectLast",
        "MultivariateDataPoints",
    )
)
"""The meters of all services, in the order of a record."""

PLACES: Final = {name: place for place, name in enumerate(METERS)}

LISTED_IF_USED: Final = frozenset(name for name in METERS if last_part(name).startswith("Multivariate"))
"""The meters that a record of their own container lists only if they are not zero."""


def listed(quantities: Mapping[str, int], meters: Collection[str]) -> dict[str, int]:
    """Return the quantities that a record lists, in its order.

    Parameters
    ----------
    quantities
        The counts by meter.
    meters
        The meters of the container's services, which are listed even if they are zero.
    """
    always = frozenset(meters) - LISTED_IF_USED
    return {name: quantities.get(name, 0) for name in METERS if name in always or quantities.get(name)}
