"""Rows of a table.

The smallest example: `5,"a,b"` has two cells.
"""

from __future__ import annotations

import pytest

from anomaly_container.services.streams.formats import NotAnEventError
from anomaly_container.services.streams.formats.csv_row import parse_csv, parse_row


def test_cells() -> None:
    assert parse_row(b'5,"a,b"') == ("5", "a,b")
    assert parse_row(b'"say ""hi""",\r\n') == ('say "hi"', "")
    assert parse_row(b"") == ()
    assert parse_csv(b"5,,x", ("a", "b", "c")) == {"a": "5", "b": None, "c": "x"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"1,2,3", "wrong-columns"),
        (b"", "wrong-columns"),
        (b'"no end,2', "wrong-columns"),
        (b'"a"b,2', "wrong-columns"),
        (b"x" * 200_000 + b",2", "wrong-columns"),
        (b"\xff,2", "not-utf-8"),
    ],
)
def test_what_is_not_a_row(line: bytes, reason: str) -> None:
    with pytest.raises(NotAnEventError) as caught:
        parse_csv(line, ("a", "b"))
    assert caught.value.reason == reason
