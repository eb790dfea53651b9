"""The bytes of a file or of standard input, unpacked, up to `MAX_BYTES` of them."""

from __future__ import annotations

import sys
import zlib
from pathlib import Path
from typing import Final

STANDARD_INPUT: Final = "-"
MAX_BYTES: Final = 256 * 2**20
"""The largest size of a file, packed and unpacked."""
_TOO_LARGE: Final = f"has more than {MAX_BYTES // 2**20} MiB; cut it into several files"
_GZIP: Final = b"\x1f\x8b"
_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS


class FileError(Exception):
    """A file cannot be read or written, or an option does not apply to it."""


def read_bytes(name: str) -> bytes:
    """Return the contents of a file, or of standard input for ``-``; gzip is known by its first bytes.

    Raises
    ------
    FileError
        If it cannot be read or unpacked, or has too many bytes.
    """
    try:
        if name == STANDARD_INPUT:
            raw = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # a name with a zero byte is a ValueError
        raise FileError(getattr(error, "strerror", None) or "cannot be read") from None
    if len(raw) > MAX_BYTES:
        raise FileError(_TOO_LARGE)
    return _unpacked(raw) if raw.startswith(_GZIP) else raw


def _unpacked(raw: bytes) -> bytes:
    """Return the contents of consecutive gzip streams."""
    parts, size = [], 0
    while raw:
        stream = zlib.decompressobj(_GZIP_WINDOW)
        try:
            part = stream.decompress(raw, MAX_BYTES + 1 - size)
        except zlib.error:
            part = b""
        size += len(part)
        if size > MAX_BYTES:
            raise FileError(_TOO_LARGE)
        if not stream.eof:
            reason = "begins like a gzip file but cannot be unpacked"
            raise FileError(reason)
        parts.append(part)
        # Some programs fill the last block with zeros.
        raw = stream.unused_data.lstrip(b"\0")
    return b"".join(parts)
