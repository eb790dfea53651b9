"""When a file was made, which no copy has in common with it.

The number of a file (its inode) goes to the next one once it is removed, and its other times can be set.
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
    """Return in nanoseconds since 1970 when an open file was made; 0 if its file system does not tell."""
    # `statx(2)`, which Python does not have before 3.15; a C library without it tells nothing.
    statx = getattr(_libc, "statx", None)
    answer = ctypes.create_string_buffer(_BYTES)
    if statx is None or statx(descriptor, b"", _EMPTY_PATH, _BIRTH, answer) != 0:
        return 0
    [mask] = _MASK.unpack_from(answer)
    seconds, nanoseconds = _TIME.unpack_from(answer, _TIME_OFFSET)
    return max(0, seconds * 10**9 + nanoseconds) if mask & _BIRTH else 0


def place_of(descriptor: int) -> tuple[int, int]:
    """Return the inode of an open file, and when it was made: no two files of a disk have both in common."""
    return os.fstat(descriptor).st_ino, birth_of(descriptor)
