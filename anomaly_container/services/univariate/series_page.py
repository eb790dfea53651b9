"""The handler that reads a file for the home page: nothing of it is stored, and nothing counted."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Final

import orjson

from anomaly_container.services.univariate.contract.errors import UNREADABLE_BODY
from anomaly_container.services.univariate.contract.series_answer import series_answer
from anomaly_container.services.univariate.contract.series_file import (
    ALL,
    DateOrder,
    ReadOptions,
    SeriesFileError,
    read_series_file,
)
from anomaly_container.services.univariate.errors import contract_error, flat_error
from anomaly_container.web.errors import OverloadedError
from anomaly_container.web.metered import Answer

if TYPE_CHECKING:
    from aiohttp import web
    from multidict import MultiMapping

    from anomaly_container.services.univariate.engine import Engine
    from anomaly_container.web.errors import ErrorAnswer

UNREADABLE_SERIES_FILE: Final = "UnreadableSeriesFile"
"""The code of a file that cannot be read; its message is the reader's own."""
MILLISECONDS_PER_BYTE: Final = 0.004
"""What reading costs at most: 0.0031 was measured, for columns of one digit that are all taken."""
MAX_CELLS: Final = 100_000
"""Cells of a file, counted by what separates them: each takes memory and time."""
SEPARATORS: Final = (b"\n", b",", b";", b"\t")

DATE_ORDER: Final = "dateOrder"
# From the options of the command line to the parameters of the URL.
PARAMETERS: Final = {
    "--timestamp-column": "timestampColumn",
    "--value-column": "valueColumn",
    "--by": "by",
    "--date-order": DATE_ORDER,
    "--sort": "sort",
    "--no-times": "noTimes",
}
WORDS_FOR_YES: Final = {"": False, "false": False, "true": True}


async def series(engine: Engine, body: bytes, request: web.Request) -> Answer:
    """Return the series of a file.

    Raises
    ------
    SeriesFileError
        If the file cannot be read, or a parameter has a value that it does not take.
    OverloadedError
        If as many files, or as many requests, wait as may wait.
    """
    options = read_options(request.query)
    if engine.files.locked():
        raise OverloadedError
    async with engine.files:
        found = await engine.admission.run(len(body) * MILLISECONDS_PER_BYTE, _read, body, options)
    return Answer(found)


def read_options(query: MultiMapping[str]) -> ReadOptions:
    """Return what the parameters of a URL say; one without a value is absent.

    Raises
    ------
    SeriesFileError
        If a parameter has a value that it does not take.
    """
    columns = tuple(name for name in query.getall("valueColumn", ()) if name)
    order = query.get(DATE_ORDER, "")
    if order not in {"", *DateOrder}:
        raise _refused(DATE_ORDER, tuple(DateOrder))
    return ReadOptions(
        timestamp_column=query.get("timestampColumn") or None,
        value_columns=ALL if columns == ALL else columns or None,
        by=query.get("by") or None,
        date_order=DateOrder(order) if order else None,
        sort=_yes(query, "sort"),
        no_times=_yes(query, "noTimes"),
    )


def _yes(query: MultiMapping[str], name: str) -> bool:
    word = query.get(name, "")
    if word not in WORDS_FOR_YES:
        raise _refused(name, ("true", "false"))
    return WORDS_FOR_YES[word]


def _refused(name: str, words: tuple[str, ...]) -> SeriesFileError:
    return SeriesFileError(f"The parameter '{name}' is one of {', '.join(words)}.")


def _read(body: bytes, options: ReadOptions) -> bytes:
    if sum(map(body.count, SEPARATORS)) > MAX_CELLS:
        reason = f"has more than {MAX_CELLS:,} cells, which the command line can read"
        raise SeriesFileError(reason)
    # A table is many small objects and no cycle: collections would hold the interpreter for 0.1 s in vain.
    gc.disable()
    try:
        return series_answer(read_series_file(body, options))
    finally:
        gc.enable()


def unreadable_series_file(error: SeriesFileError) -> ErrorAnswer:
    """Return the answer to a file that cannot be read: flat, with its line and what helps."""
    parts: dict[str, object] = {"code": UNREADABLE_SERIES_FILE, "message": error.reason}
    if error.line is not None:
        parts["line"] = error.line
    if error.option is not None:
        parts["option"] = PARAMETERS[error.option]
        parts["choices"] = error.choices
    try:
        body = orjson.dumps(parts)
    except orjson.JSONEncodeError:
        # The title of a column has half of a surrogate pair.
        return contract_error(UNREADABLE_BODY.error())
    return flat_error(400, UNREADABLE_SERIES_FILE, body)
