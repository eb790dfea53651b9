"""JSON that is not quite: literals and escapes of some clients, values that are looked at without being made."""

from __future__ import annotations

import json
from math import isfinite
from typing import Final

# Literals that JSON does not have. As texts they mean the same to all that reads them; no text outside of
# quotes holds a null byte, which stands for one of them in between.
_LITERALS: Final = (
    (b"-Infinity", b'"\0"'),
    (b"Infinity", b'"Infinity"'),
    (b'"\0"', b'"-Infinity"'),
    (b"NaN", b'"NaN"'),
)


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
    if has_literals:
        parts = text.split(b'"')
        parts[::2] = [_with_quoted_literals(part) for part in parts[::2]]
        text = b'"'.join(parts)
    return text


def _with_quoted_literals(outside: bytes) -> bytes:
    if b"N" in outside or b"I" in outside:
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
