"""The depth of JSON as one would write it down: read it, and go into every part."""

from __future__ import annotations

import json


def depth(text: str) -> int:
    return depth_of(
        json.loads(text, object_pairs_hook=lambda pairs: {str(i): v for i, (_, v) in enumerate(pairs)})
    )


def depth_of(document: object) -> int:
    if isinstance(document, dict):
        return 1 + max(map(depth_of, document.values()), default=0)
    if isinstance(document, list):
        return 1 + max(map(depth_of, document), default=0)
    return 0
