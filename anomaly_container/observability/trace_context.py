"""A strict parser of the W3C Trace Context headers `traceparent` and `tracestate`.

A header that does not follow the standard is ignored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLED: Final = 0x01

# A future version begins with the known fields; others may follow after a dash.
_PARENT: Final = re.compile(
    r"(?P<version>[0-9a-f]{2})-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})(?P<more>-.*)?"
)
_NO_TRACE: Final = "0" * 32
_NO_SPAN: Final = "0" * 16
_FORBIDDEN_VERSION: Final = "ff"
_KNOWN_VERSION: Final = "00"

_KEY: Final = r"[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13}"
_MEMBER: Final = re.compile(
    rf"({_KEY})=([\x20-\x2b\x2d-\x3c\x3e-\x7e]{{0,255}}[\x21-\x2b\x2d-\x3c\x3e-\x7e])"
)
MAX_MEMBERS: Final = 32
MAX_STATE_CHARACTERS: Final = 512
"""The length of a `tracestate` that every participant must pass on; a longer one is dropped."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The span of the client that sent a request.

    Attributes
    ----------
    trace_id
        32 lower-case hexadecimal digits, not all zero.
    span_id
        16 lower-case hexadecimal digits, not all zero.
    is_sampled
        Whether the client records its part of the trace.
    state
        The members of `tracestate`, in order: names and values.
    """

    trace_id: str
    span_id: str
    is_sampled: bool
    state: tuple[tuple[str, str], ...] = ()


def caller_of(parents: Sequence[str], states: Sequence[str]) -> Caller | None:
    """Return the span of the client; None if the headers are missing or invalid.

    Parameters
    ----------
    parents
        The values of all `traceparent` headers; more than one is invalid.
    states
        The values of all `tracestate` headers, which form one list.
    """
    if len(parents) != 1:
        return None
    found = _PARENT.fullmatch(parents[0])
    if found is None or found["version"] == _FORBIDDEN_VERSION:
        return None
    if found["trace"] == _NO_TRACE or found["span"] == _NO_SPAN:
        return None
    if found["version"] == _KNOWN_VERSION and found["more"] is not None:
        return None
    is_sampled = bool(int(found["flags"], 16) & SAMPLED)
    return Caller(found["trace"], found["span"], is_sampled, _state_of(",".join(states)))


def _state_of(text: str) -> tuple[tuple[str, str], ...]:
    """Return the members of a list; none if one is invalid or there are too many."""
    if len(text) > MAX_STATE_CHARACTERS:
        return ()
    # White space around members and empty members are allowed; a value does not end with a space.
    members = [member for part in text.split(",") if (member := part.strip(" \t"))]
    found = [_MEMBER.fullmatch(member) for member in members]
    pairs = tuple((one[1], one[2]) for one in found if one)
    is_valid = len(pairs) == len(members) <= MAX_MEMBERS and len({name for name, _ in pairs}) == len(pairs)
    return pairs if is_valid else ()
