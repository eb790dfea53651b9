"""The bytes of a model file: a magic word, a header of JSON, arrays, and a sum of all before.

Nothing in it is executable, and reading any bytes gives a model or an error of one sentence.
"""

from __future__ import annotations

import hashlib
import struct
from math import prod
from typing import TYPE_CHECKING, Any, Final, NoReturn

import msgspec
import numpy as np
import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

MAGIC: Final = b"ACFOREST"
VERSION: Final = 1
_FIXED: Final = struct.Struct("<8sHI")
SUM_BYTES: Final = 32
TYPES: Final = {"f8": "<f8", "i4": "<i4", "i8": "<i8", "u1": "|u1", "u2": "<u2", "u8": "<u8"}
"""The types of arrays by their names in the header."""
MOST_DIMENSIONS: Final = 4
LARGEST_DIMENSION: Final = 1 << 31


class ModelFileError(ValueError):
    """A model file cannot be used; the message is one sentence."""


def refuse(message: str) -> NoReturn:
    """Refuse a file that cannot be used.

    Parameters
    ----------
    message
        One sentence.
    """
    raise ModelFileError(message) from None


class ArrayEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One array of the table of a header.

    Attributes
    ----------
    name, type, shape
        Those of the array.
    offset
        Its first byte, counted from the end of the header.
    """

    name: str
    type: str
    shape: list[int]
    offset: int


def packed(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """Return the bytes of a file.

    Parameters
    ----------
    header
        An object of JSON; the table of arrays is added to it.
    arrays
        The arrays, of the types of `TYPES`.
    """
    table, parts, offset = [], [], 0
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        code = f"{array.dtype.kind}{array.dtype.itemsize}"
        part = array.astype(TYPES[code]).tobytes()
        # An array without dimensions would get one from ascontiguousarray.
        table.append({"name": name, "type": code, "shape": list(arrays[name].shape), "offset": offset})
        parts.append(part)
        offset += len(part)
    text = orjson.dumps({**header, "arrays": table}, option=orjson.OPT_SORT_KEYS)
    body = b"".join([_FIXED.pack(MAGIC, VERSION, len(text)), text, *parts])
    return body + hashlib.sha256(body).digest()


def unpacked(data: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return the header and the arrays of a file; the inverse of `packed`.

    Parameters
    ----------
    data
        The bytes.

    Raises
    ------
    ModelFileError
        If they are not those of a file; the message is one sentence.
    """
    if not data.startswith(MAGIC):
        refuse("It is not a model file of streams.")
    if len(data) < _FIXED.size + SUM_BYTES:
        refuse("The model file is too short.")
    _, version, length = _FIXED.unpack_from(data)
    if version != VERSION:
        refuse(f"The model file has the version {version}; this program reads version {VERSION}.")
    if hashlib.sha256(data[:-SUM_BYTES]).digest() != data[-SUM_BYTES:]:
        refuse("The sum of the model file is wrong: it was damaged or not written to its end.")
    begin, end = _FIXED.size + length, len(data) - SUM_BYTES
    if begin > end:
        refuse("The header of the model file is longer than the file.")
    try:
        header = orjson.loads(data[_FIXED.size : begin])
    except orjson.JSONDecodeError:
        refuse("The header of the model file is not JSON.")
    if not isinstance(header, dict):
        refuse("The header of the model file is not an object.")
    return header, _arrays(header.pop("arrays", None), data[begin:end])


def sum_of(data: bytes) -> str:
    """Return the first 12 hexadecimal digits of the sum of a file."""
    return data[-SUM_BYTES:].hex()[:12]


def _arrays(table: object, data: bytes) -> dict[str, np.ndarray]:
    try:
        entries = msgspec.convert(table, list[ArrayEntry])
    except msgspec.ValidationError:
        refuse("The table of arrays of the model file is wrong.")
    arrays: dict[str, np.ndarray] = {}
    expected = 0
    for entry in entries:
        fits = (
            entry.type in TYPES
            and entry.name not in arrays
            and entry.offset == expected
            and len(entry.shape) <= MOST_DIMENSIONS
            and all(0 <= size < LARGEST_DIMENSION for size in entry.shape)
        )
        size = prod(entry.shape) * int(entry.type[1:]) if fits else 0
        if not fits or expected + size > len(data):
            refuse("The sizes of the arrays of the model file do not add up.")
        found = np.frombuffer(data, TYPES[entry.type], prod(entry.shape), expected)
        try:
            arrays[entry.name] = found.reshape(entry.shape)
        except ValueError:  # nothing, in a shape that is too large
            refuse("The sizes of the arrays of the model file do not add up.")
        expected += size
    if expected != len(data):
        refuse("The model file has bytes behind its arrays.")
    return arrays
