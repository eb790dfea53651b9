"""Whether an address and a port can be listened on, and one sentence that says why not."""

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
    """Nothing can listen there: one sentence says where, why, and which setting chooses another place."""

    def __init__(self, host: str, port: int, error: OSError) -> None:
        # The numbers of the resolver are not those of the kernel.
        known = UNRESOLVED if isinstance(error, socket.gaierror) else REASONS.get(error.errno or 0)
        reason = known or error.strerror or type(error).__name__
        super().__init__(f"Cannot listen on {address(host, port)}: {reason}.")


def address(host: str, port: int) -> str:
    """Return a host and a port as URLs have them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def try_to_bind(host: str, port: int) -> None:
    """Take the port and give it back at once.

    What takes it in earnest comes later, in a process that is slow to begin, and may still find it taken. A
    port whose last connections only wait for their end is free, as it is for servers.

    Raises
    ------
    ListenError
        If it cannot be taken.
    """
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise ListenError(host, port, error) from None
