"""Records in logfmt: pairs `key=value`, values quoted if they have white space, and bare words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from anomaly_container.services.streams.formats import line_of, refuse

if TYPE_CHECKING:
    from anomaly_container.services.streams.events import Document

_PAIR: Final = re.compile(r'([^\s="][^\s=]*)(?:=(?:"((?:[^"\\]|\\.)*)"|((?:[^\s"]\S*)?)))?(?=\s|$)')
_SPACE: Final = re.compile(r"\s*")
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED: Final = {"n": "\n", "t": "\t", "r": "\r"}


def parse_logfmt(value: bytes) -> Document:
    r"""Parse one line; a bare word is true, and a key may have no value.

    Parameters
    ----------
    value
        The bytes of a record.

    Raises
    ------
    NotAnEventError
        With the reason `not-utf-8` or `not-a-log-line`.

    Examples
    --------
    >>> parse_logfmt(b'level=info msg="said \\"hi\\"" ok')
    {'level': 'info', 'msg': 'said "hi"', 'ok': True}
    """
    line = line_of(value)
    document: dict[str, object] = {}
    place = _end_of_space(line, 0)
    while place < len(line):
        found = _PAIR.match(line, place)
        if found is None:
            refuse("not-a-log-line", "A quotation of the line does not end, or a key is missing.")
        key, quoted, bare = found.groups()
        if quoted is not None:
            document[key] = _ESCAPE.sub(_unescaped, quoted)
        else:
            document[key] = True if bare is None else bare or None
        place = _end_of_space(line, found.end())
    return document


def _end_of_space(line: str, place: int) -> int:
    found = _SPACE.match(line, place)
    return found.end() if found else place


def _unescaped(found: re.Match[str]) -> str:
    return _ESCAPED.get(found[1], found[1])
