"""Leniency for JSON with literals and escapes that some clients write, and shallow decoding of values."""

from __future__ import annotations

import json
import re
from math import isfinite
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

# Literals that JSON does not have. As strings they mean the same to their readers. Nothing outside strings
# contains a null byte, so it serves as a placeholder for one of them.
_LITERALS: Final = (
    (b"-Infinity", b'"\0"'),
    (b"Infinity", b'"Infinity"'),
    (b'"\0"', b'"-Infinity"'),
    (b"NaN", b'"NaN"'),
)
# The bytes of a literal, and of the white space before a colon: as a name it stays, and the JSON is invalid.
_UNDECIDED: Final = b"-INafinty \t\r\n"
_AS_NAME: Final = re.compile(rb"(?:NaN|Infinity)[ \t\r\n]*:")
_PIECE: Final = 65_536


def as_strict(body: bytes) -> bytes:
    r"""Return equivalent JSON that a strict decoder accepts.

    The literals `NaN`, `Infinity` and `-Infinity` become strings. The beginning of an escaped surrogate,
    which may be a lone one, becomes a question mark: no name and no value that is read can contain one.

    >>> as_strict(rb'{"value": NaN, "note": "NaN, \ud800"}')
    b'{"value": "NaN", "note": "NaN, ?800"}'
    """
    has_surrogates = rb"\ud" in body or rb"\uD" in body
    has_literals = b"NaN" in body or b"Infinity" in body
    if not has_surrogates and not has_literals:
        return body
    # From here on a backslash begins an escape, and a quote begins or ends a string.
    text = body.replace(rb"\\", rb"\u005c").replace(rb"\"", rb"\u0022")
    if has_surrogates:
        text = text.replace(rb"\ud", b"?").replace(rb"\uD", b"?")
    return b"".join(_with_quoted_literals(text)) if has_literals else text


def _with_quoted_literals(text: bytes) -> Iterator[bytes]:
    """Yield a text piece by piece, because one step over all of it would block the interpreter."""
    carried, is_within = b"", False
    for start in range(0, len(text), _PIECE):
        parts = (carried + text[start : start + _PIECE]).split(b'"')
        outside = slice(int(is_within), None, 2)
        is_within ^= len(parts) % 2 == 0
        # A literal may continue in the next piece, and so may the colon that makes it a name.
        carried = b"" if is_within else parts[-1][len(parts[-1].rstrip(_UNDECIDED)) :]
        parts[-1] = parts[-1][: len(parts[-1]) - len(carried)]
        parts[outside] = map(_quoted, parts[outside])
        yield b'"'.join(parts)
    yield _quoted(carried)


def _quoted(outside: bytes) -> bytes:
    if (b"N" in outside or b"I" in outside) and not _AS_NAME.search(outside):
        for literal, replacement in _LITERALS:
            outside = outside.replace(literal, replacement)
    return outside


def shallow(text: bytes) -> object:
    """Return the value of well-formed JSON; arrays and objects are returned empty.

    >>> shallow(b"[[1], [2]]"), shallow(b"1e400"), shallow(b'"x"')
    ([], inf, 'x')
    """
    match text[:1]:
        case b"[":
            return []
        case b"{":
            return {}
        case _:
            return json.loads(text, parse_int=_integer)


def _integer(digits: str) -> int | float:
    """Return a JSON integer, or infinity if it is beyond the range of a float."""
    nearest = float(digits)
    return int(digits) if isfinite(nearest) else nearest
