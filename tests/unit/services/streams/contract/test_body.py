"""The bodies of `/invocations`.

The smallest example: `1,2` and `3,4` on two lines of CSV are two rows of a model with two columns.
"""

from __future__ import annotations

import json

import numpy as np
import pytest

from anomaly_container.services.streams.contract.body import read
from anomaly_container.services.streams.errors import InvalidRows, UnsupportedType

JSON = "application/json"
LINES = "application/jsonlines"
KEYS = "row 1 must have a key of its own, below its shape, for each value"
SHAPE = "row 1 must have a shape of one whole number"
HUGE = "row 1 has 9999999999 values, the model has 2"


def test_lines_of_csv_are_rows() -> None:
    assert read(b"1,2\n3,4\n", "text/csv", 2).array().tolist() == [[1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (b"1,2.5", "text/csv"),
        (b"1, 2.5\r\n", "Text/CSV; charset=utf-8"),
        (b"\xef\xbb\xbf1,2.5", "text/csv"),
        (b"9,1,2.5", "text/csv; label_size=1"),
        (b"1,2.5", "text/csv;label_size=0"),
        (b'{"features":[1,2.5]}', JSON),
        (b'{"instances":[{"features":[1,2.5]}]}', JSON),
        (b'{"instances":[{"features":{"values":[1,2.5]}}]}', JSON),
        (b'{"instances":[{"data":{"features":{"values":[1,2.5]}}}]}', JSON),
        (b'{"data":{"features":{"values":[1,2.5]}}}', JSON),
        (b'{"data":{"features":{"keys":[1,0],"shape":[2],"values":[2.5,1]}}}', JSON),
        (b'\n{"features":[1,2.5]}\n\n', LINES),
        (b'{"instances":[{"features":[1,2.5]}]}\r\n', LINES),
    ],
)
def test_every_form_of_one_row(data: bytes, content_type: str) -> None:
    assert read(data, content_type, 2).array().tolist() == [[1.0, 2.5]]


def test_a_sparse_row_is_zero_where_it_has_no_key() -> None:
    data = json.dumps({"data": {"features": {"keys": [2], "shape": [4], "values": [7]}}}).encode()
    assert read(data, JSON, 4).array().tolist() == [[0.0, 0.0, 7.0, 0.0]]


def test_events_are_left_as_they_are() -> None:
    body = read(b'{"events":[{"path":"/a"}]}\n{"events":[{"path":"/b"}]}', LINES, 2)
    assert (body.rows, body.events) == ([], [{"path": "/a"}, {"path": "/b"}])


@pytest.mark.parametrize(
    ("data", "content_type", "message"),
    [
        (b"", "text/csv", "the body has no rows"),
        (b"1,2\n1,2,3", "text/csv", "row 2 has 3 values, the model has 2"),
        (b"1", "text/csv", "row 1 has 1 value, the model has 2"),
        (b"1,2\n\n1,2", "text/csv", "row 2 has a value that is not a number"),
        (b"1,x", "text/csv", "row 1 has a value that is not a number"),
        (b"1,1_000", "text/csv", "row 1 has a value that is not a number"),
        (b"1,\xff", "text/csv", "the body is not UTF-8"),
        (b"1,2", "text/csv;label_size=2", "label_size must be 0 or 1"),
        (b"{", JSON, "the body is not valid JSON"),
        (b"[1,2]", JSON, "the body must be a JSON object"),
        (b'{"rows":[]}', JSON, "row 1 has no features"),
        (b'{"instances":[]}', JSON, "the body has no rows"),
        (b'{"instances":{}}', JSON, "instances must be a list"),
        (b'{"instances":[3]}', JSON, "row 1 has no features"),
        (b'{"features":[1,true]}', JSON, "row 1 has a value that is not a number"),
        (b'{"features":[1,null]}', JSON, "row 1 has a value that is not a number"),
        (b'{"features":[1,"2"]}', JSON, "row 1 has a value that is not a number"),
        (b'{"features":{"values":7}}', JSON, "row 1 has no values"),
        (b'{"features":{"values":[1],"keys":[0]}}', JSON, SHAPE),
        (b'{"features":{"values":[1],"keys":[0],"shape":[true]}}', JSON, SHAPE),
        (b'{"features":{"values":[1],"keys":[0],"shape":[9999999999]}}', JSON, HUGE),
        (b'{"features":{"values":[1],"keys":[2],"shape":[2]}}', JSON, KEYS),
        (b'{"features":{"values":[1,2],"keys":[0,0],"shape":[2]}}', JSON, KEYS),
        (b'{"events":{}}', JSON, "events must be a list"),
        (b'{"events":[{}]}\n{"features":[1,2]}', LINES, "a body has rows or events, not both"),
        (b'{"features":[1,2]}\n{"features":', LINES, "line 2 is not valid JSON"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_has_one_sentence(data: bytes, content_type: str, message: str) -> None:
    with pytest.raises(InvalidRows) as caught:
        read(data, content_type, 2)
    assert (caught.value.status, caught.value.message) == (400, message)


@pytest.mark.parametrize("cell", ["nan", "inf", "-Infinity", "1e400", "2e300"])
def test_a_number_that_is_not_finite_or_too_large_is_refused(cell: str) -> None:
    body = read(f"1,2\n3,{cell}".encode(), "text/csv", 2)
    with pytest.raises(InvalidRows) as caught:
        body.array()
    assert caught.value.message == "row 2 has a value that is not a finite number, or is beyond 1e300"


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-recordio-protobuf", "text/csvx"])
def test_another_type_is_415_and_names_the_three(content_type: str) -> None:
    with pytest.raises(UnsupportedType) as caught:
        read(b"1,2", content_type, 2)
    assert caught.value.status == 415
    for name in ("text/csv", JSON, LINES):
        assert name in (caught.value.message or "")


@pytest.mark.parametrize("content_type", ["text/csv", JSON, LINES])
def test_any_bytes_are_read_or_refused(content_type: str) -> None:
    made = np.random.default_rng(15)
    seeds = [b"1,2\n3,4", b'{"instances":[{"features":[1,2]}]}', b'{"data":{"features":{"values":[1,2]}}}\n']
    for _ in range(2000):
        data = bytearray(seeds[made.integers(3)])
        for place in made.integers(0, len(data), 3):
            data[place] = made.integers(256)
        try:
            rows = read(bytes(data), content_type, 2).array() if b"events" not in data else None
        except InvalidRows:
            continue
        assert rows is not None
        assert np.isfinite(rows).all()
