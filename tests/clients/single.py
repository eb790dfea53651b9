"""Numbers as a client reads them that has single precision."""

from __future__ import annotations

import struct


def single(answer: object) -> object:
    """Return an answer with every number in single precision."""
    if isinstance(answer, dict):
        return {name: single(field) for name, field in answer.items()}
    if isinstance(answer, list):
        return [single(element) for element in answer]
    return struct.unpack("f", struct.pack("f", answer))[0] if isinstance(answer, float) else answer
