"""The end of a file of JSON lines: the end of its last whole line, and its last outputs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

import orjson

from anomaly_container.services.streams.outputs import identity_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

BLOCK: Final = 1 << 20


def length_of_whole_lines(descriptor: int) -> int:
    """Return where the last line feed of an open file ends; 0 if it has none."""
    end = os.fstat(descriptor).st_size
    while end:
        start = max(end - BLOCK, 0)
        found = os.pread(descriptor, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def identities_of_tail(paths: Sequence[Path], lines: int) -> set[str]:
    """Return the identities of the outputs of the last lines.

    Parameters
    ----------
    paths
        The files, the newest first. One that does not exist is skipped.
    lines
        The number of lines that are read, over all files. One that is not an output counts too.
    """
    found: set[str] = set()
    for path in paths:
        if not path.exists():
            continue
        for line in _backwards(path):
            if lines <= 0:
                return found
            lines -= 1
            document = _document(line)
            if document is not None:
                found.add(identity_of(document))
    return found


def _document(line: bytes) -> dict[str, Any] | None:
    try:
        document = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return document if isinstance(document, dict) and isinstance(document.get("id"), str) else None


def _backwards(path: Path) -> Iterator[bytes]:
    """Yield the whole lines of a file from the last to the first."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        rest = b""
        while end:
            start = max(end - BLOCK, 0)
            file.seek(start)
            block = file.read(end - start) + rest
            rest, *whole = block.split(b"\n")
            yield from (line for line in reversed(whole) if line)
            end = start
        if rest:
            yield rest
