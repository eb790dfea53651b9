"""What the caller says about a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from anomaly_container.contract.date_forms import DateOrder

ALL: Final = ("all",)
"""Every column of values is a series."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How a file is read; what is left out is found by its contents, or asked for.

    Attributes
    ----------
    timestamp_column
        Title of the column of the timestamps, or its number from 1.
    value_columns
        Titles or numbers of the columns of values, or `ALL`.
    by
        The column, or several between commas, whose texts tell one series from another.
    date_order
        How dates like 1/2/2025 are read.
    sort
        Whether points are put in time order.
    no_times
        Whether the points are neighbours, and the column of times is not read.
    """

    timestamp_column: str | None = None
    value_columns: tuple[str, ...] | None = None
    by: str | None = None
    date_order: DateOrder | None = None
    sort: bool = False
    no_times: bool = False
