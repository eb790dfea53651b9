"""The options of the reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from anomaly_container.services.univariate.contract.date_forms import DateOrder

ALL: Final = ("all",)
"""Read every column of values as a series."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read a file; an option that is not given follows from the contents, or an error asks for it.

    Attributes
    ----------
    timestamp_column
        The title of the timestamp column, or its number from 1.
    value_columns
        The titles or numbers of the value columns, or `ALL`.
    by
        The column whose texts identify the series, or several, separated by commas.
    date_order
        The order of day and month in dates like 1/2/2025.
    sort
        Whether to sort the points by time.
    no_times
        Whether to treat the points as consecutive and to read no timestamps.
    """

    timestamp_column: str | None = None
    value_columns: tuple[str, ...] | None = None
    by: str | None = None
    date_order: DateOrder | None = None
    sort: bool = False
    no_times: bool = False
