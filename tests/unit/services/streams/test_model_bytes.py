"""The bytes of a model file.

The smallest example: a file begins with `ACFOREST` and the version 1 as two bytes, and ends in a sum.
"""

from __future__ import annotations

import hashlib
import struct

import numpy as np
import orjson
import pytest

from anomaly_container.services.streams.model_bytes import ModelFileError, packed, sum_of, unpacked

ARRAYS = {
    "a": np.array([[1.5, -0.0]], dtype="<f8"),
    "b": np.array([], dtype="<i4"),
    "c": np.array(7, dtype="<i8"),
    "d": np.array([1, 2, 3], dtype=">u2"),
}
DATA = packed({"x": 1}, ARRAYS)


def summed(body: bytes) -> bytes:
    return body + hashlib.sha256(body).digest()


def with_table(table: object, content: bytes = b"\0" * 8) -> bytes:
    text = orjson.dumps({"arrays": table})
    return summed(struct.pack("<8sHI", b"ACFOREST", 1, len(text)) + text + content)


def test_there_and_back() -> None:
    header, arrays = unpacked(DATA)
    assert DATA[:10] == b"ACFOREST\1\0"
    assert header == {"x": 1}
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array)
        assert arrays[name].shape == array.shape
    assert packed(header, arrays) == DATA
    assert sum_of(DATA) == hashlib.sha256(DATA[:-32]).hexdigest()[:12]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not a model file"),
        (b"PK\3\4" + DATA, "not a model file"),
        (DATA[:20], "too short"),
        (summed(b"ACFOREST\2\0" + DATA[10:-32]), "version 2"),
        (DATA[:-1], "sum"),
        (DATA + b"x", "sum"),
        (DATA[:-40] + b"x" + DATA[-39:], "sum"),
        (summed(DATA[:10] + b"\xff\xff\xff\xff" + DATA[14:-32]), "longer than the file"),
        (summed(DATA[:14] + b"x" + DATA[15:-32]), "not JSON"),
        (summed(struct.pack("<8sHI", b"ACFOREST", 1, 2) + b"[]"), "not an object"),
        (summed(DATA[:-32] + b"x"), "bytes behind"),
        (summed(DATA[:-33]), "do not add up"),
        (with_table(None), "table"),
        (with_table([{"name": "a"}]), "table"),
        (with_table([{"name": "a", "type": "O8", "shape": [1], "offset": 0}]), "do not add up"),
        (with_table([{"name": "a", "type": "f8", "shape": [-1], "offset": 0}]), "do not add up"),
        (with_table([{"name": "a", "type": "f8", "shape": [2], "offset": 0}]), "do not add up"),
        (with_table([{"name": "a", "type": "f8", "shape": [1], "offset": 1}]), "do not add up"),
        (with_table([{"name": "a", "type": "f8", "shape": [1] * 5, "offset": 0}]), "do not add up"),
        (with_table([{"name": "a", "type": "f8", "shape": [0, 2**31], "offset": 0}]), "do not add up"),
        (
            with_table([{"name": "a", "type": "f8", "shape": [2**30, 2**30, 2**30, 0], "offset": 0}]),
            "add up|behind",
        ),
        (with_table([{"name": "a", "type": "i4", "shape": [1], "offset": 0}] * 2), "do not add up"),
    ],
)
def test_what_is_not_one(data: bytes, words: str) -> None:
    with pytest.raises(ModelFileError, match=words) as caught:
        unpacked(data)
    text = str(caught.value)
    assert text.endswith(".")
    assert "\n" not in text
