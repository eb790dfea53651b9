"""Records of JSON.

The smallest example: `[1]` is JSON, but not an object.
"""

from __future__ import annotations

import pytest

from anomaly_container.services.streams.formats import NotAnEventError
from anomaly_container.services.streams.formats.json_batch import SameFields
from anomaly_container.services.streams.formats.json_object import parse_json


def test_an_object() -> None:
    assert parse_json(b'{"a": {"b": [1, null]}}') == {"a": {"b": [1, None]}}
    assert parse_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"[1]", "not-an-object"),
        (b"1", "not-an-object"),
        (b"", "not-json"),
        (b"{", "not-json"),
        (b'{"a": NaN}', "not-json"),
        (b"[" * 5000, "not-json"),
        (b'{"a": "\xff"}', "not-utf-8"),
        (b"\xef\xbb\xbf\xef\xbb\xbf", "not-json"),
    ],
)
def test_what_is_not_one(value: bytes, reason: str) -> None:
    with pytest.raises(NotAnEventError) as caught:
        parse_json(value)
    assert (caught.value.reason, caught.value.detail[-1]) == (reason, ".")


@pytest.mark.parametrize(
    "odd", [b"{", b"1", b"null", b'"ab"', b"[1]", b'{"a": 1}', b'{"a": 1, "b": null}', b"\xff"]
)
def test_a_batch_that_is_not_alike_is_not_read_at_once(odd: bytes) -> None:
    same = SameFields(["a", "b"])
    alike = b'{"a": 1, "b": 2}'
    assert same.read([alike] * 3) == [[1, 1, 1], [2, 2, 2]]
    assert same.read([alike, odd, alike]) is None
