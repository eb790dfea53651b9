"""A check that a port can be bound, and one sentence that says why not."""

from __future__ import annotations

import errno
import socket
from typing import Final

REASONS: Final = {
    errno.EADDRINUSE: "the port is in use. End what uses it, or choose another one with Port=<number>",
    errno.EADDRNOTAVAIL: (
        "this machine has no such address. Choose one that it has with Host=<address>, or 0.0.0.0 for all"
    ),
    errno.EACCES: (
        "this process may not take a port that low. Choose one of 1024 or above with Port=<number>"
    ),
    errno.EAFNOSUPPORT: "this machine has no IPv6. Choose another address with Host=<address>",
}
UNRESOLVED: Final = "the name cannot be resolved. Choose an address with Host=<address>"


class ListenError(Exception):
    """A port cannot be bound; the text says why, and which setting chooses another host or port."""

    def __init__(self, host: str, port: int, error: OSError) -> None:
        # Errors of the resolver have numbers of their own, not those of the kernel.
        known = UNRESOLVED if isinstance(error, socket.gaierror) else REASONS.get(error.errno or 0)
        reason = known or error.strerror or type(error).__name__
        super().__init__(f"Cannot listen on {address(host, port)}: {reason}.")


def address(host: str, port: int) -> str:
    """Return a host and a port as in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def try_to_bind(host: str, port: int) -> None:
    """Bind a port and release it at once.

    The server binds it later, in a process that starts slowly, and may still find it in use. A port whose
    connections are all in the state TIME_WAIT is free, as it is for a server.

    Raises
    ------
    ListenError
        If it cannot be bound.
    """
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise ListenError(host, port, error) from None
