"""Request bodies to test with: plain days by default, every part replaceable."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2020, 1, 1, tzinfo=UTC)


def points(count: int = 24, step: timedelta = timedelta(days=1)) -> list[dict[str, Any]]:
    """Return points at equal distances, in the layout most clients send."""
    return [
        {"timestamp": (START + index * step).strftime("%Y-%m-%dT%H:%M:%SZ"), "value": 10.0 + index % 7}
        for index in range(count)
    ]


def body(**fields: object) -> bytes:
    """Return a daily request as JSON; a field set to `...` is left out."""
    merged: dict[str, object] = {"series": points(), "granularity": "daily"} | fields
    return json.dumps({name: value for name, value in merged.items() if value is not ...}).encode()


def pascal(document: object) -> object:
    """Return a decoded document with every name in PascalCase."""
    if isinstance(document, dict):
        return {name[:1].upper() + name[1:]: pascal(value) for name, value in document.items()}
    if isinstance(document, list):
        return [pascal(item) for item in document]
    return document


def pascal_body(**fields: object) -> bytes:
    """Return what `body` returns, with every name in PascalCase."""
    return json.dumps(pascal(json.loads(body(**fields)))).encode()
