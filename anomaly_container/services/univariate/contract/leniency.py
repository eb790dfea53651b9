"""JSON that is not quite, literals and escapes of some clients; and values read at their surface."""

from __future__ import annotations

import json
import re
from math import isfinite
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

# Literals that JSON does not have. As texts they mean the same to all that reads them; no text outside of
# quotes holds a null byte, which stands for one of them in between.
_LITERALS: Final = (
    (b"-Infinity", b'"\0"'),
    (b"Infinity", b'"Infinity"'),
    (b'"\0"', b'"-Infinity"'),
    (b"NaN", b'"NaN"'),
)
# What a literal consists of, or stands between it and a colon: as a name it stays as it is, no JSON.
_UNDECIDED: Final = b"-INafinty \t\r\n"
_AS_NAME: Final = re.compile(rb"(?:NaN|Infinity)[ \t\r\n]*:")
_PIECE: Final = 65_536


def as_strict(body: bytes) -> bytes:
    r"""Return JSON that a strict decoder takes and that says the same.

    The literals `NaN`, `Infinity` and `-Infinity` become texts. Of escaped surrogates, which may lack their
    other half, the beginning becomes a question mark: no name and no value that is read can have one.

    >>> as_strict(rb'{"value": NaN, "note": "NaN, \ud800"}')
    b'{"value": "NaN", "note": "NaN, ?800"}'
    """
    has_surrogates = rb"\ud" in body or rb"\uD" in body
    has_literals = b"NaN" in body or b"Infinity" in body
    if not has_surrogates and not has_literals:
        return body
    # From here on a backslash begins an escape, and a quote is the border of a text.
    text = body.replace(rb"\\", rb"\u005c").replace(rb"\"", rb"\u0022")
    if has_surrogates:
        text = text.replace(rb"\ud", b"?").replace(rb"\uD", b"?")
    return b"".join(_with_quoted_literals(text)) if has_literals else text


def _with_quoted_literals(text: bytes) -> Iterator[bytes]:
    """Yield a text piece by piece, since one step over all of it would hold the interpreter."""
    carried, is_within = b"", False
    for start in range(0, len(text), _PIECE):
        parts = (carried + text[start : start + _PIECE]).split(b'"')
        outside = slice(int(is_within), None, 2)
        is_within ^= len(parts) % 2 == 0
        # A literal may go on in the next piece, and so may what tells whether it is a name.
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
    """Return the value of well-formed JSON, of an array or an object an empty one.

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
    """Return a JSON integer, as infinity where it is beyond the range of a float."""
    nearest = float(digits)
    return int(digits) if isfinite(nearest) else nearest
