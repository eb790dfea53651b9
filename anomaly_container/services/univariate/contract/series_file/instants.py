"""Columns of written dates as nanoseconds; all dates together decide the order of day and month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from anomaly_container.services.univariate.contract.date_forms import DateOrder
from anomaly_container.services.univariate.contract.errors import ContractError
from anomaly_container.services.univariate.contract.iso_8601 import read_iso_8601
from anomaly_container.services.univariate.contract.series_file.dates import (
    OUT_OF_RANGE,
    form_of,
    is_known_form,
    is_out_of_range,
    with_whole_years,
)
from anomaly_container.services.univariate.contract.timestamp_forms import possible_orders, read_forms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.detection.numeric.arrays import IntArray
    from anomaly_container.services.univariate.contract.series_file.errors import SeriesFileError
    from anomaly_container.services.univariate.contract.series_file.table import Table

_ORDER_NAMES: Final = {DateOrder.DAY_FIRST: "day first", DateOrder.MONTH_FIRST: "month first"}


class Instants(NamedTuple):
    """The times of a column.

    Attributes
    ----------
    nanoseconds : (rows,) int64
        Since 1970.
    is_iso
        Whether the cells are ISO 8601.
    notes
        Notes on how they were read, if that is not obvious.
    """

    nanoseconds: IntArray
    is_iso: bool
    notes: tuple[str, ...] = ()


def read_instants(table: Table, cells: list[str], order: DateOrder | None) -> Instants:
    """Read the dates of a column.

    Parameters
    ----------
    table
        The table of the column.
    cells
        Their texts, one for each row.
    order
        The order of day and month if the caller gives one.

    Raises
    ------
    SeriesFileError
        If a cell cannot be read, if cells contradict each other, or if two orders are possible.
    """
    times = iso_times(cells)
    return _in_order(table, cells, order) if times is None else Instants(times, True)


def iso_times(texts: Sequence[str]) -> IntArray | None:
    """Return the times of texts in one layout of ISO 8601, or None if they are not."""
    try:
        return read_iso_8601(texts)
    except ContractError:
        return None


def _in_order(table: Table, cells: list[str], order: DateOrder | None) -> Instants:
    texts = with_whole_years(cells)
    if texts is None:
        reason = "years of two digits that may stand first or last; write them with four"
        raise table.error(reason, 0)
    orders = possible_orders(texts)
    if not orders:
        raise _unreadable(table, texts)
    if len(orders) == 1:
        if order not in (None, *orders):
            row = next(row for row, text in enumerate(texts) if order not in possible_orders([text]))
            reason = f"the date is not {_ORDER_NAMES[order]}"
            raise table.error(reason, row, option="--date-order")
        return Instants(read_forms(texts, orders[0]), False, _notes(orders[0], texts))
    both = [read_forms(texts, each) for each in orders]
    if np.array_equal(both[0], both[1]):
        return Instants(both[0], False)
    if order is None:
        reason = "the dates can be read day first or month first; say which with --date-order"
        choices = tuple(str(each) for each in DateOrder)
        raise table.error(reason, 0, option="--date-order", choices=choices)
    return Instants(both[orders.index(order)], False)


def _notes(order: DateOrder, texts: list[str]) -> tuple[str, ...]:
    """Return a note on the order of the whole column, if single cells leave it open."""
    is_open = any(len(possible_orders([text])) > 1 for text in texts)
    return (f"dates are {_ORDER_NAMES[order]}",) if is_open else ()


def _unreadable(table: Table, texts: list[str]) -> SeriesFileError:
    """Return the error of the first cell that cannot be read, or not together with the others."""
    left = tuple(DateOrder)
    for row, text in enumerate(texts):
        here = _orders_of(text)
        if not here:
            return table.error(_trouble(text), row)
        if not set(left) & set(here):
            reason = f"the date is {_ORDER_NAMES[here[0]]}, and one above is {_ORDER_NAMES[left[0]]}"
            return table.error(reason, row)
        left = tuple(each for each in left if each in here)
    masked = form_of(texts[0])
    row, text = next((row, text) for row, text in enumerate(texts) if not _are_alike(texts[0], text))
    return table.error(f"the timestamp is in the form {form_of(text)}, and the first in {masked}", row)


def _orders_of(text: str) -> tuple[DateOrder, ...]:
    return possible_orders([text]) if iso_times([text]) is None else tuple(DateOrder)


def _are_alike(first: str, other: str) -> bool:
    return bool(possible_orders([first, other]))


def _trouble(text: str) -> str:
    if is_out_of_range(text):
        return OUT_OF_RANGE
    form = form_of(text)
    if is_known_form(text):
        return f"the calendar has no such time, in the form {form}"
    return f"the timestamp cannot be read, in the form {form}; ISO 8601 can, such as 2026-03-01T00:00:00Z"
