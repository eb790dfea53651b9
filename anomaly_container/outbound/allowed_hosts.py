"""URLs that came in a message, and the hosts to which they may lead.

A URL is read strictly: what two programs could read differently is refused, not repaired.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from anomaly_container.outbound.errors import UrlError

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_URL: Final = 2048
HTTPS_URL: Final = re.compile(
    r"https://(?P<host>[A-Za-z0-9.-]{1,253})(?::443)?(?P<path>/[!$&'()*+,;=:@/A-Za-z0-9._~%-]*)?"
    r"(?P<query>\?[!$&'()*+,;=:@/?A-Za-z0-9._~%-]*)?",
    re.ASCII,
)
"""ASCII, no user, port 443, no fragment, and none of the characters that the standard wants escaped."""

LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
PATTERN_LABEL: Final = re.compile(r"\*|[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)


class ForbiddenUrlError(UrlError):
    """A URL that must not be asked."""


@dataclass(frozen=True, slots=True)
class HttpsUrl:
    """A URL whose host is allowed.

    Parameters
    ----------
    text
        The URL as it came.
    host
        Its host in lower case.
    path
        Its path; blank if it has none.
    query
        What stands after the question mark; blank if nothing does.
    """

    text: str
    host: str
    path: str
    query: str


def allowed_url(url: str, hosts: Sequence[str]) -> HttpsUrl:
    """Return the parts of a URL of `https` whose host one of the patterns matches.

    Parameters
    ----------
    url
        The URL.
    hosts
        Patterns such as `sns.*.amazonaws.com`: whole labels, `*` for exactly one.

    Raises
    ------
    ForbiddenUrlError
        If the host is another, an address or an internationalized name, or if the URL has a user, another
        port than 443 or a fragment.
    """
    found = HTTPS_URL.fullmatch(url) if len(url) <= MAX_URL else None
    if found is None:
        raise ForbiddenUrlError(message="The URL is not a plain one of https on port 443.")
    host = found["host"].lower()
    if not any(_matches(host, pattern) for pattern in hosts):
        raise ForbiddenUrlError(message="The host of the URL is not allowed.")
    return HttpsUrl(url, host, found["path"] or "", (found["query"] or "")[1:])


def is_host_pattern(pattern: str) -> bool:
    """Return True for a pattern of at least three labels, the last two without `*`."""
    labels = pattern.split(".")
    return (
        len(labels) >= 3
        and all(PATTERN_LABEL.fullmatch(label) for label in labels)
        and "*" not in labels[-2:]
        and not labels[-1].isdigit()
    )


def _matches(host: str, pattern: str) -> bool:
    labels, wanted = host.split("."), pattern.lower().split(".")
    return (
        len(labels) == len(wanted)
        and all(LABEL.fullmatch(label) and not label.startswith("xn--") for label in labels)
        and not labels[-1].isdigit()
        and all(want in {"*", label} for label, want in zip(labels, wanted, strict=True))
    )
