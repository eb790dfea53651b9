"""Bodies of any size that are dear to read: filled with what a reader might make objects of."""

from __future__ import annotations

from typing import Final

from tests.support.bodies import body

REST: Final = body()[1:]
TOLERANT: Final = b'"period":1e400,' + REST
"""With a number beyond a float the typed decode refuses the body."""

FILLINGS: Final[dict[str, tuple[bytes, bytes, bytes]]] = {
    "arrays in a field that nobody reads": (b'{"x":[', b"[],", b"]," + REST),
    "the same, refused": (b'{"x":[', b"[],", b"]," + TOLERANT),
    "objects, refused": (b'{"x":[', b"{},", b"]," + TOLERANT),
    "arrays in arrays, refused": (b'{"x":[', b"[" * 50 + b"]" * 50 + b",", b"]," + TOLERANT),
    "whole numbers, refused": (b'{"x":[', b"1,", b"]," + TOLERANT),
    "texts, refused": (b'{"x":["', b'a","', b'"],' + TOLERANT),
    "escapes": (b'{"x":["', b'\\"[[', b'"],' + REST),
    "surrogates": (b'{"x":["', b"\\ud800", b'"],' + TOLERANT),
    "more than ASCII": ('{"é":['.encode(), b"[],", b"]," + TOLERANT),
    "arrays in a field": (b'{"period":[', b"[],", b"]," + REST),
    "names": (b'{"period":{', b'"k":1,', b"}," + REST),
    "points without anything": (b'{"series":[', b"{},", b"]}"),
    "points that are arrays": (b'{"series":[', b"[],", b"]}"),
    "points of values alone": (b'{"series":[', b'{"value":1},', b"]}"),
    "points of texts": (b'{"series":[', b'{"value":"1"},', b"]}"),
    "points of nothing": (b'{"series":[', b'{"value":null},', b"]}"),
    "points of NaN": (b'{"series":[', b'{"value":NaN},', b"]}"),
    "no end": (b'{"x":[', b"[],", b""),
    "a long number": (b'{"series":[{"value":1', b"1", b"}]}"),
    "white space": (b"{", b" ", REST),
}


def filled(name: str, size: int) -> bytes:
    """Return one of them, of so many bytes at most."""
    before, piece, after = FILLINGS[name]
    count = max(1, (size - len(before) - len(after)) // len(piece))
    filling = piece * count
    return before + (filling.removesuffix(b",") if after.startswith((b"]", b"}")) else filling) + after
