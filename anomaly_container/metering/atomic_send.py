"""One `sendmmsg(2)` call with its message header at a chosen place in memory.

The kernel writes the number of bytes it took into the header before the call returns. If that memory outlives
the process, sending and recording are one step: a signal ends a process before or after a system call, never
in the middle of it.
"""

from __future__ import annotations

import ctypes
import os
import socket
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import mmap

# `PyDLL` keeps the interpreter lock: the call never blocks, but acquiring the lock again may.
_libc: Final = ctypes.PyDLL(None, use_errno=True)


class _Span(ctypes.Structure):
    """`struct iovec`."""

    _fields_ = (("base", ctypes.c_char_p), ("length", ctypes.c_size_t))


class _Header(ctypes.Structure):
    """`struct msghdr`."""

    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint),
        ("spans", ctypes.POINTER(_Span)),
        ("span_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _Message(ctypes.Structure):
    """`struct mmsghdr`."""

    _fields_ = (("header", _Header), ("sent", ctypes.c_uint))


SIZE: Final = ctypes.sizeof(_Message)
SENT_OFFSET: Final = _Message.sent.offset
"""The offset in the header of the number of bytes sent, an unsigned integer of 4 bytes."""


class KernelSend:
    """A sender with its message header in a mapped file.

    Parameters
    ----------
    memory
        A shared, writable mapping. Nothing may be sent after it is closed.
    offset
        The first of the `SIZE` bytes that the header occupies, a multiple of 8.
    """

    def __init__(self, memory: mmap.mmap, offset: int) -> None:
        self._span = _Span()
        # By address, so that the mapping can be closed while this object still exists.
        self._message = _Message.from_address(ctypes.addressof(ctypes.c_char.from_buffer(memory, offset)))
        self._message.header.spans = ctypes.pointer(self._span)
        self._message.header.span_count = 1

    def clear(self) -> None:
        """Set the number of bytes sent to 0."""
        self._message.sent = 0

    def send(self, descriptor: int, octets: bytes) -> int:
        """Pass bytes to the kernel without waiting and return the number it took.

        Raises
        ------
        OSError
            If the connection is broken.
        """
        self._span.base = octets
        self._span.length = len(octets)
        flags = socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL
        if _libc.sendmmsg(descriptor, ctypes.byref(self._message), 1, flags) == 1:
            return int(self._message.sent)
        number = ctypes.get_errno()
        error = OSError(number, os.strerror(number))
        if isinstance(error, BlockingIOError):
            return 0
        raise error
