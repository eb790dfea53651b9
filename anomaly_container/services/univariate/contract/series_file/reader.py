"""The reader of a file: its layout, its columns and its series."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.services.univariate.contract.client_request import ClientRequest
from anomaly_container.services.univariate.contract.series_file.cadence import cadence
from anomaly_container.services.univariate.contract.series_file.delimited import read_delimited
from anomaly_container.services.univariate.contract.series_file.documents import (
    decoded_document,
    read_document,
    read_lines,
)
from anomaly_container.services.univariate.contract.series_file.encoding import decoded
from anomaly_container.services.univariate.contract.series_file.errors import SeriesFileError
from anomaly_container.services.univariate.contract.series_file.groups import (
    MAX_SERIES,
    TOO_MANY_SERIES,
    found_groups,
    group_rows,
    named_groups,
)
from anomaly_container.services.univariate.contract.series_file.model import NamedSeries, SeriesFile
from anomaly_container.services.univariate.contract.series_file.numerals import read_numbers
from anomaly_container.services.univariate.contract.series_file.order import in_time_order
from anomaly_container.services.univariate.contract.series_file.requests import is_request, read_request
from anomaly_container.services.univariate.contract.series_file.stamps import read_stamps, time_columns
from anomaly_container.services.univariate.contract.series_file.table import is_absent
from anomaly_container.services.univariate.contract.series_file.values import value_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.detection.numeric.arrays import FloatArray
    from anomaly_container.services.univariate.contract.series_file.options import ReadOptions
    from anomaly_container.services.univariate.contract.series_file.stamps import Stamps
    from anomaly_container.services.univariate.contract.series_file.table import Column, Table


def read_series_file(raw: bytes, options: ReadOptions) -> SeriesFile:
    """Read the series of a file.

    Text that begins with a brace or a bracket is JSON or JSON lines, everything else is delimited.

    Parameters
    ----------
    raw
        The contents, unpacked.
    options
        How to read them.

    Raises
    ------
    SeriesFileError
        If they cannot be read, or if they are ambiguous.
    """
    text = decoded(raw)
    if not text.strip():
        reason = "is empty"
        raise SeriesFileError(reason)
    if not text.lstrip().startswith(("{", "[")):
        return _read_table(read_delimited(text), options)
    try:
        document = decoded_document(text)
    except json.JSONDecodeError as error:
        # One complete document and more after it: JSON lines, if it is on another line.
        if error.msg != "Extra data" or error.lineno == 1:
            reason = f"is not JSON: {error.msg}"
            raise SeriesFileError(reason, error.lineno) from None
        return _read_table(read_lines(text), options)
    if is_request(document):
        return read_request(text, options)
    return _read_table(read_document(document), options)


def _read_table(whole: Table, options: ReadOptions) -> SeriesFile:
    """Return the series of a table: one for each group and column of values."""
    groups = named_groups(whole, options)
    times = time_columns(whole, options)
    values, notes = value_columns(whole, (*times, *groups), options)
    kept = _rows_with_data(whole, times, values)
    if not kept:
        reason = "has no row with a timestamp or a value"
        raise whole.error(reason)
    table = whole.at(kept)
    times, values, groups = table.same(times), table.same(values), table.same(groups)
    stamps = None
    if times and not options.no_times:
        stamps = read_stamps(table, times, options)
        notes = (*stamps.notes, *notes)
        groups = groups or found_groups(table, (*times, *values), stamps.nanoseconds)
    members = group_rows(table, groups)
    if len(members) * len(values) > MAX_SERIES:
        raise table.error(TOO_MANY_SERIES)
    numbers = [(column, read_numbers(table, column)) for column in values]
    series, in_order = [], []
    for group, rows in members.items():
        for column, cells in numbers:
            name = ", ".join(
                part for part in (group, column.name if len(values) > 1 else None) if part is not None
            )
            found, note = _series(table, name or None, rows, cells, stamps, sort=options.sort)
            series.append(found)
            in_order.append(note)
    return SeriesFile(
        tuple(series),
        (*notes, *dict.fromkeys(note for note in in_order if note is not None)),
        is_request=False,
    )


def _rows_with_data(table: Table, times: Sequence[Column], values: Sequence[Column]) -> Sequence[int]:
    """Return the rows that have a time or a value."""
    if not times:
        return range(len(table.places))
    return [
        row
        for row in range(len(table.places))
        if not is_absent(times[0].cells[row]) or any(not is_absent(column.cells[row]) for column in values)
    ]


def _series(  # noqa: PLR0913  # a series and its parts
    table: Table,
    name: str | None,
    rows: Sequence[int],
    numbers: FloatArray,
    stamps: Stamps | None,
    *,
    sort: bool,
) -> tuple[NamedSeries, str | None]:
    """Return the series of some rows in time order, and a note if that is not the order of the file."""
    index = np.asarray(rows, np.int64)
    index = index[~np.isnan(numbers[index])]
    without_value = len(rows) - index.size
    times, note = None, None
    if stamps is not None:
        times = stamps.nanoseconds[index]

        def error(reason: str, point: int, option: str | None) -> SeriesFileError:
            return table.error(reason, int(index[point]), option=option)

        order, note = in_time_order(times, error, sort=sort)
        index, times = index[order], times[order]
    kept = index.tolist()
    request = ClientRequest.of_pairs(
        [None] * len(kept) if stamps is None or times is None else stamps.written(kept, times),
        numbers[index].tolist(),
        [table.places[row] for row in kept],
        without_value=without_value,
        original_stamps=None if stamps is None or stamps.is_iso else [stamps.texts[row] for row in kept],
    )
    return NamedSeries(name, request, cadence(times), without_value), note
