"""Records in logfmt.

The smallest example: `level=info ok` has a level, and the word `ok` is true.
"""

from __future__ import annotations

import pytest

from anomaly_container.services.streams.formats import NotAnEventError
from anomaly_container.services.streams.formats.logfmt import parse_logfmt


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        (b"level=info ok", {"level": "info", "ok": True}),
        (b'msg="said \\"hi\\" twice" ok', {"msg": 'said "hi" twice', "ok": True}),
        (b'  a="x\\ny\\\\z"  b=2\t\r\n', {"a": "x\ny\\z", "b": "2"}),
        (b'a= b="" c', {"a": None, "b": "", "c": True}),
        (b'url=/x?a=1&b="2"', {"url": '/x?a=1&b="2"'}),
        (b"a=1 a=2", {"a": "2"}),
        (b"", {}),
        (b"not a line", {"not": True, "a": True, "line": True}),
    ],
)
def test_a_line(line: bytes, fields: dict[str, object]) -> None:
    assert parse_logfmt(line) == fields


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'msg="no end', "not-a-log-line"),
        (b"=5", "not-a-log-line"),
        (b'"quoted" a=1', "not-a-log-line"),
        (b'a="x"y', "not-a-log-line"),
        (b"a=\xff", "not-utf-8"),
    ],
)
def test_what_is_not_one(line: bytes, reason: str) -> None:
    with pytest.raises(NotAnEventError) as caught:
        parse_logfmt(line)
    assert caught.value.reason == reason


def test_a_long_line_takes_a_short_time() -> None:
    line = b'a="' + b"\\" * 100_001
    with pytest.raises(NotAnEventError):
        parse_logfmt(line)
