"""One `sendmmsg(2)` whose header lies in memory of the caller's choice.

The kernel writes how many bytes it took into the header before the call returns. In memory that outlives the
process, sending and noting that it was sent are thus one step: a signal ends a process before a system call
or after it, never within.
"""

from __future__ import annotations

import ctypes
import os
import socket
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import mmap

# Without releasing the interpreter: the call never waits, and getting the interpreter back may.
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
"""Where in the header the kernel writes the bytes it took, an unsigned integer of 4 bytes."""


class KernelSend:
    """Sends with a header at one place of a mapped file.

    Parameters
    ----------
    memory
        A shared, writable mapping; nothing may be sent once it is closed.
    offset
        The first of the `SIZE` bytes of it that the header takes, a multiple of 8.
    """

    def __init__(self, memory: mmap.mmap, offset: int) -> None:
        self._span = _Span()
        # By its address, so that the mapping can be closed whoever still holds on to this object.
        self._message = _Message.from_address(ctypes.addressof(ctypes.c_char.from_buffer(memory, offset)))
        self._message.header.spans = ctypes.pointer(self._span)
        self._message.header.span_count = 1

    def clear(self) -> None:
        """Write that nothing was sent."""
        self._message.sent = 0

    def send(self, descriptor: int, octets: bytes) -> int:
        """Hand bytes to the kernel without waiting and return how many it took.

        Raises
        ------
        OSError
            When the connection is broken.
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
