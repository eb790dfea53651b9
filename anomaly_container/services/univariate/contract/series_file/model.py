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
        The title of its column, the text of its group, or both; None for the only series of a file.
    request
        The request with its points, and with its fields if the file is a request.
    cadence
        The granularity and the interval of its timestamps.
    without_value
        The number of rows that have no value and so are not points.
    """

    name: str | None
    request: ClientRequest
    cadence: Cadence
    without_value: int


@dataclass(frozen=True, slots=True, eq=False)
class SeriesFile:
    """The contents of a file.

    Attributes
    ----------
    series
        The series in the order of their first rows; at least one.
    notes
        Sentences for people on how the file was read, if that is not obvious.
    is_request
        Whether it is a request of the API, with fields of its own.
    """

    series: tuple[NamedSeries, ...]
    notes: tuple[str, ...]
    is_request: bool
