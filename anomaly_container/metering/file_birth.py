"""The creation time of a file, which its copies do not share.

The inode of a removed file is reused, and the other times of a file can be set.
"""

from __future__ import annotations

import ctypes
import os
import struct
from typing import Final

_libc: Final = ctypes.CDLL(None)
_EMPTY_PATH: Final = 0x1000
_BIRTH: Final = 0x800
_BYTES: Final = 256
_MASK: Final = struct.Struct("=I")
_TIME: Final = struct.Struct("=qI")
_TIME_OFFSET: Final = 80


def birth_of(descriptor: int) -> int:
    """Return the creation time of an open file in nanoseconds since 1970; 0 if it is unknown."""
    # Python has `statx(2)` from 3.15 on. If the C library lacks it, the time is unknown.
    statx = getattr(_libc, "statx", None)
    answer = ctypes.create_string_buffer(_BYTES)
    if statx is None or statx(descriptor, b"", _EMPTY_PATH, _BIRTH, answer) != 0:
        return 0
    [mask] = _MASK.unpack_from(answer)
    seconds, nanoseconds = _TIME.unpack_from(answer, _TIME_OFFSET)
    return max(0, seconds * 10**9 + nanoseconds) if mask & _BIRTH else 0


def place_of(descriptor: int) -> tuple[int, int]:
    """Return the inode and the creation time of an open file. No two files of a disk share both."""
    return os.fstat(descriptor).st_ino, birth_of(descriptor)
