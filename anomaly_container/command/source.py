"""The bytes of a file or of standard input, unpacked."""

from __future__ import annotations

import gzip
import sys
import zlib
from pathlib import Path
from typing import Final

from anomaly_container.contract.series_file.errors import SeriesFileError as FileError

STANDARD_INPUT: Final = "-"
_GZIP: Final = b"\x1f\x8b"


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

