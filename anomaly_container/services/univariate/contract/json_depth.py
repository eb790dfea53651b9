"""The depth of JSON and the number of elements of an array, from the bytes and without decoding.

The bytes are processed piece by piece, so that no step blocks the interpreter for long.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

_ESCAPED: Final = re.compile(rb"\\.", re.DOTALL)
_NO_BRACKETS: Final = bytes({*range(256)} - {*b'"[]{}'})
_NO_MARKS: Final = bytes({*_NO_BRACKETS} - {*b","})
# The two opening brackets differ in one bit, and without it no other character is equal to them.
_ALIKE: Final = np.uint8(0xFF ^ ord("[") ^ ord("{"))
_OPENING: Final = np.uint8(ord("["))
# The bytes that are processed together: few enough for the fastest cache.
_PIECE: Final = 65_536
_STEPS: Final = bytes.maketrans(b"[{]},", b"\x01\x01\xff\xff\x00")
_WHITE_SPACE: Final = b" \t\r\n"


def is_deeper(body: bytes, limit: int, points: int = 0) -> bool:
    """Return whether JSON is deeper than a limit.

    Parameters
    ----------
    body
        Well-formed JSON in UTF-8; brackets in strings do not count.
    limit
        The greatest depth that is allowed, at least 3.
    points
        The number of objects that one array is known to have. Only one of them can be part of the deepest
        place, so the depth is computed only if there are many more brackets than these.
    """
    if len(body) <= 2 * limit:  # each level takes two of its bytes
        return False
    return _opening_brackets(body) > limit + max(points - 1, 0) and depth(body) > limit


def _opening_brackets(body: bytes) -> int:
    """Count them, also those in strings; several times faster than `bytes.count` if there are many."""
    octets = np.frombuffer(body, dtype=np.uint8)
    pieces = (octets[start : start + _PIECE] for start in range(0, octets.size, _PIECE))
    return sum(int(np.count_nonzero((piece & _ALIKE) == _OPENING)) for piece in pieces)


def depth(body: bytes) -> int:
    """Return the depth of well-formed JSON in UTF-8; 0 for a string, a number or a literal."""
    deepest = level = 0
    for marks in _outside_texts(body, _NO_BRACKETS):
        levels = level + np.cumsum(_steps(marks), dtype=np.int64)
        deepest, level = max(deepest, int(levels.max(initial=0))), int(levels[-1])
    return deepest


def count_elements(array: bytes) -> int:
    """Return the number of elements of an array, given as well-formed JSON in UTF-8."""
    commas = level = 0
    for marks in _outside_texts(array, _NO_MARKS):
        levels = level + np.cumsum(_steps(marks), dtype=np.int64)
        commas += int(np.count_nonzero((np.frombuffer(marks, np.uint8) == ord(",")) & (levels == 1)))
        level = int(levels[-1])
    is_empty = not commas and not array.strip(_WHITE_SPACE)[1:-1].strip(_WHITE_SPACE)
    return 0 if is_empty else commas + 1


def _steps(marks: bytes) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    return np.frombuffer(marks.translate(_STEPS), dtype=np.int8)


def _outside_texts(body: bytes, others: bytes) -> Iterator[bytes]:
    """Yield the bytes outside strings that are not in `others`, piece by piece; no piece is empty."""
    carried, is_within = b"", False
    for start in range(0, len(body), _PIECE):
        piece = carried + body[start : start + _PIECE]
        # A backslash at the end escapes the first byte of the next piece.
        odd = (len(piece) - len(piece.rstrip(b"\\"))) % 2
        carried = b"\\" * odd
        piece = piece[: len(piece) - odd]
        if b"\\" in piece:
            piece = _ESCAPED.sub(b"", piece)
        # Without the bytes between them, the quotes of most strings are adjacent. Removing an end and the
        # next beginning joins two strings; what is outside strings stays outside.
        marks = (b'"' if is_within else b"") + piece.translate(None, others)
        parts = marks.replace(b'""', b"").split(b'"')
        is_within = len(parts) % 2 == 0
        outside = b"".join(parts[::2])
        if outside:
            yield outside
