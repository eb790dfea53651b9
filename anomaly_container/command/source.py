"""The bytes of a file or of standard input, unpacked."""

from __future__ import annotations

import gzip
import sys
import zlib
from pathlib import Path
from typing import Final

STANDARD_INPUT: Final = "-"
_GZIP: Final = b"\x1f\x8b"


class FileError(Exception):
    """A file cannot be used; the message says why, and on which line where that is known.

    Parameters
    ----------
    reason
        What is wrong and what to do, without any value of the series.
    line
        Counted from 1.
    """

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason if line is None else f"line {line}: {reason}")


def read_bytes(name: str) -> bytes:
    """Return the contents of a file, or of standard input for ``-``; gzip is known by its first bytes.

    Raises
    ------
    FileError
        If it cannot be read or unpacked.
    """
    try:
        raw = sys.stdin.buffer.read() if name == STANDARD_INPUT else Path(name).read_bytes()
    except OSError as error:
        raise FileError(error.strerror or "cannot be read") from None
    if not raw.startswith(_GZIP):
        return raw
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error):
        reason = "begins like a gzip file but cannot be unpacked"
        raise FileError(reason) from None


def decoded(raw: bytes) -> str:
    """Return the text, without a byte order mark.

    Raises
    ------
    FileError
        If it is not UTF-8.
    """
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        reason = "is not UTF-8 text; convert it first"
        raise FileError(reason, raw.count(b"\n", 0, error.start) + 1) from None
