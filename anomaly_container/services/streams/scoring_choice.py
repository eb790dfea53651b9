"""The choice of the scoring of a stream: a model, or the windows of keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anomaly_container.services.streams.scoring import UNCOUNTED, Scoring

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.services.streams.model_file import Model
    from anomaly_container.services.streams.settings import StreamsSettings

KEYS = "keys"


def scoring_of(
    settings: StreamsSettings,
    model: Model | None,
    *,
    now: Callable[[], float] | None = None,
    instance: str = UNCOUNTED,
) -> Scoring:
    """Return the scoring of the mode of the settings.

    Parameters
    ----------
    settings
        The settings.
    model
        The model; None in mode keys, which has no model.
    now, instance
        Those of `Scoring`.

    Raises
    ------
    ValueError
        If there is no model and the mode needs one.
    """
    if settings.mode == KEYS:
        from anomaly_container.services.streams.key_scoring import KeyScoring  # noqa: PLC0415  # a library of this mode

        return KeyScoring(settings, now=now, instance=instance)
    if model is None:
        message = "a model is needed unless the mode is keys"
        raise ValueError(message)
    return Scoring(settings, model, now=now, instance=instance)
