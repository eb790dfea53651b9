"""Records that are JSON: one object each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson

from anomaly_container.services.streams.formats import line_of, refuse

if TYPE_CHECKING:
    from anomaly_container.services.streams.events import Document

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def parse_json(value: bytes) -> Document:
    """Parse one object.

    Parameters
    ----------
    value
        The bytes of a record.

    Raises
    ------
    NotAnEventError
        With the reason `not-utf-8`, `not-json` or `not-an-object`.

    Examples
    --------
    >>> parse_json(b'{"path": "/"}')
    {'path': '/'}
    """
    try:
        document = orjson.loads(value)
    except orjson.JSONDecodeError:
        if value.startswith(BYTE_ORDER_MARK):
            return parse_json(value.removeprefix(BYTE_ORDER_MARK))
        line_of(value)  # refuses what is not UTF-8
        refuse("not-json", "The record is not JSON.")
    if type(document) is not dict:
        refuse("not-an-object", "The record is JSON, but not an object.")
    return document
