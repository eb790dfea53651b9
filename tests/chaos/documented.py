"""The refusals that docs/errors.md promises, read from its tables."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.reply import Reply

PAGE = Path(__file__).resolve().parents[2] / "docs" / "errors.md"
ROW = re.compile(r"^\| `(\w+)` \| (\d{3}) \| `([^`]+)` \|", re.MULTILINE)
FOR_THE_MOMENT = frozenset({429, 503})
"""Statuses that any request may get from a healthy server; they say when to come again."""


@cache
def refusals() -> frozenset[tuple[str, int, str]]:
    """Code, status and message of every refusal outside the operations."""
    return frozenset((code, int(status), message) for code, status, message in ROW.findall(PAGE.read_text()))


def reason(reply: Reply) -> str:
    """Return why a request was refused, as the answer says it."""
    return f"{reply.status} {reply.headers.get('x-ms-error-code', '')}".strip()


def is_documented(reply: Reply) -> bool:
    """Tell whether the documentation has this refusal, word for word, with what it needs to come again."""
    try:
        error = json.loads(reply.body)["error"]
        told = (error["code"], reply.status, error["message"])
    except (ValueError, KeyError, TypeError):
        return False
    has_wait = reply.status not in FOR_THE_MOMENT or reply.headers.get("retry-after", "").isdigit()
    return has_wait and told in refusals()
