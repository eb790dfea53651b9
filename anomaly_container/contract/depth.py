"""How deep a body of JSON is: how many objects and arrays lie one in another, the outermost counted."""

from __future__ import annotations

import re
from typing import Final

import numpy as np

_ESCAPED: Final = re.compile(rb"\\.", re.DOTALL)
_NO_MARKS: Final = bytes({*range(256)} - {*b'"[]{}'})
# The two opening brackets differ in one bit, and no other character is like them without it.
_ALIKE: Final = np.uint8(0xFF ^ ord("[") ^ ord("{"))
_OPENING: Final = np.uint8(ord("["))
# Bytes that are looked at together: few enough for the nearest cache.
_PIECE: Final = 65_536
_STEPS: Final = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")


def is_deeper(body: bytes, limit: int, points: int = 0) -> bool:
    """Tell whether JSON is deeper than a limit.

    Parameters
    ----------
    body
        Well-formed JSON in UTF-8; brackets within texts do not count.
    limit
        The depth that is still allowed, at least 3.
    points
        How many objects it is known to have in one array. Only one of them can be part of the deepest place,
        so that a body is looked at closely only when it has many more brackets than these.
    """
    if len(body) <= 2 * limit:  # each level takes two of its bytes
        return False
    return _opening_brackets(body) > limit + max(points - 1, 0) and depth(body) > limit


def _opening_brackets(body: bytes) -> int:
    """Count them, those within texts too; several times faster than `bytes.count` where there are many."""
    octets = np.frombuffer(body, dtype=np.uint8)
    pieces = (octets[start : start + _PIECE] for start in range(0, octets.size, _PIECE))
    return sum(int(np.count_nonzero((piece & _ALIKE) == _OPENING)) for piece in pieces)


def depth(body: bytes) -> int:
    """Return the depth of well-formed JSON in UTF-8; 0 for a text, a number or a literal."""
    if b"\\" in body:
        body = _ESCAPED.sub(b"", body)
    # Without what is between them, the quotes of most texts stand side by side. Taking out an end and the
    # next beginning joins two texts, and what is outside of texts stays outside.
    marks = body.translate(None, _NO_MARKS).replace(b'""', b"")
    outside = b"".join(marks.split(b'"')[::2])
    steps = np.frombuffer(outside.translate(_STEPS), dtype=np.int8)
    return int(np.cumsum(steps, dtype=np.int64).max(initial=0))
