"""The series of a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anomaly_container.services.univariate.contract.client_request import ClientRequest
    from anomaly_container.services.univariate.contract.series_file.cadence import Cadence


@dataclass(frozen=True, slots=True, eq=False)
class NamedSeries:
    """One series.

    Attributes
    ----------
    name
        Title of its column, text of its group, or both; None for the only series of a file.
    request
        Its points; for a request, with its fields.
    cadence
        Granularity and interval that its timestamps keep.
    without_value
        Rows that had no value and are no points.
    """

    name: str | None
    request: ClientRequest
    cadence: Cadence
    without_value: int


@dataclass(frozen=True, slots=True, eq=False)
class SeriesFile:
    """What a file holds.

    Attributes
    ----------
    series
        In the order of their first rows; at least one.
    notes
        How it was read, where that is not plain: sentences for people.
    is_request
        Whether it is a request of the API, which says by itself what it wants.
    """

    series: tuple[NamedSeries, ...]
    notes: tuple[str, ...]
    is_request: bool
