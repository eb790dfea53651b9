"""The headers `traceparent` and `tracestate` of W3C Trace Context, read strictly.

What does not keep to the standard is as if it were not there: a client may write anything into a header.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLED: Final = 0x01

# Of a version to come the fields that are known stand first, and others may follow after a dash.
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
MOST_MEMBERS: Final = 32
LONGEST_STATE: Final = 512
"""Characters of a `tracestate` that everybody has to pass on; a longer one is dropped whole."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The span of the client on whose behalf a request came.

    Attributes
    ----------
    trace_id
        32 small hexadecimal digits, not all zero.
    span_id
        16 of them.
    is_sampled
        Whether the client keeps its own part of the trace.
    state
        What others on the way have noted, in their order: names and values.
    """

    trace_id: str
    span_id: str
    is_sampled: bool
    state: tuple[tuple[str, str], ...] = ()


def caller_of(parents: Sequence[str], states: Sequence[str]) -> Caller | None:
    """Return who called; None when the headers do not tell it, or tell it wrongly.

    Parameters
    ----------
    parents
        The values of each `traceparent`; more than one is as good as none.
    states
        The values of each `tracestate`; together they are one list.
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
    """Return the members of a list, none of them when one is wrong or they are too many."""
    if len(text) > LONGEST_STATE:
        return ()
    # Blanks around a member and empty members are allowed; blanks within its end are not its value.
    members = [member for part in text.split(",") if (member := part.strip(" \t"))]
    found = [_MEMBER.fullmatch(member) for member in members]
    pairs = tuple((one[1], one[2]) for one in found if one)
    is_valid = len(pairs) == len(members) <= MOST_MEMBERS and len({name for name, _ in pairs}) == len(pairs)
    return pairs if is_valid else ()
