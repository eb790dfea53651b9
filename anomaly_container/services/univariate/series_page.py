"""The handler that reads a file for the home page; it stores nothing and counts no usage."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Final

import orjson
from aiohttp import web

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
from anomaly_container.web.errors import JSON, ErrorAnswer, OverloadedError
from anomaly_container.web.request_body import read_body
from anomaly_container.web.state import SHELL

if TYPE_CHECKING:
    from multidict import MultiMapping

    from anomaly_container.services.univariate.engine import Engine
    from anomaly_container.web.errors import ErrorAnswer

UNREADABLE_SERIES_FILE: Final = "UnreadableSeriesFile"
"""The error code of a file that cannot be read; the message comes from the reader."""
MILLISECONDS_PER_BYTE: Final = 0.004
"""An upper bound of the cost of reading: 0.0031 was measured, for columns of one digit, all of them read."""
MAX_CELLS: Final = 100_000
"""The most cells of a file, counted by their separators: each takes memory and time."""
SEPARATORS: Final = (b"\n", b",", b";", b"\t")

DATE_ORDER: Final = "dateOrder"
# The options of the command line and their parameters in the URL.
PARAMETERS: Final = {
    "--timestamp-column": "timestampColumn",
    "--value-column": "valueColumn",
    "--by": "by",
    "--date-order": DATE_ORDER,
    "--sort": "sort",
    "--no-times": "noTimes",
}
BOOLEANS: Final = {"": False, "false": False, "true": True}


async def series(engine: Engine, request: web.Request) -> web.Response:
    """Answer with the series of a file.

    Raises
    ------
    GateError
        If metering does not allow queries.
    SeriesFileError
        If the file cannot be read, or a parameter has a value that it does not take.
    OverloadedError
        If too many files or requests are waiting.
    """
    request.app[SHELL].gate.check()
    # Before the body comes, which a wrong parameter makes useless.
    options = read_options(request.query)
    body = await read_body(request)
    if engine.files.locked():
        raise OverloadedError
    async with engine.files:
        found = await engine.admission.run(len(body) * MILLISECONDS_PER_BYTE, _read, body, options)
    return web.Response(body=found, content_type=JSON)


def read_options(query: MultiMapping[str]) -> ReadOptions:
    """Return the options in the parameters of a URL; one without a value is absent.

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
        sort=_boolean(query, "sort"),
        no_times=_boolean(query, "noTimes"),
    )


def _boolean(query: MultiMapping[str], name: str) -> bool:
    text = query.get(name, "")
    if text not in BOOLEANS:
        raise _refused(name, ("true", "false"))
    return BOOLEANS[text]


def _refused(name: str, values: tuple[str, ...]) -> SeriesFileError:
    return SeriesFileError(f"The parameter '{name}' is one of {', '.join(values)}.")


def _read(body: bytes, options: ReadOptions) -> bytes:
    if sum(map(body.count, SEPARATORS)) > MAX_CELLS:
        reason = f"has more than {MAX_CELLS:,} cells, which the command line can read"
        raise SeriesFileError(reason)
    # A table has many small objects and no cycles: a collection would take 0.1 s and free nothing.
    gc.disable()
    try:
        return series_answer(read_series_file(body, options))
    finally:
        gc.enable()


def unreadable_series_file(error: SeriesFileError) -> ErrorAnswer:
    """Return the answer to a file that cannot be read: flat, with the line and the parameter that helps."""
    parts: dict[str, object] = {"code": UNREADABLE_SERIES_FILE, "message": error.reason}
    if error.line is not None:
        parts["line"] = error.line
    if error.option is not None:
        parts["option"] = PARAMETERS[error.option]
        parts["choices"] = error.choices
    try:
        body = orjson.dumps(parts)
    except orjson.JSONEncodeError:
        # The title of a column contains a lone surrogate.
        return contract_error(UNREADABLE_BODY.error())
    return flat_error(400, UNREADABLE_SERIES_FILE, body)
