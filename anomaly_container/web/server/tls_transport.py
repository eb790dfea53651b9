"""TLS for one connection, in a form that lets responses be counted.

A response is counted by the system call that passes its last byte to the kernel (docs/adr/0007). So the
encrypted bytes of a response must be known before they are sent, and no other bytes may be sent among them.
"""

from __future__ import annotations

import asyncio
from asyncio.sslproto import SSLProtocol
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    from anomaly_container.web.server.buffers import Buffers
    from anomaly_container.web.server.connection import Connection

TLS_EXTRA: Final = "anomaly_container.encryption"
"""The name under which a transport gives its `TlsProtocol`; it gives None without TLS."""

SHUTDOWN_SECONDS: Final = 2.0
"""Seconds to wait for the close alert of the client."""


class TlsProtocol(SSLProtocol):
    """The TLS layer between a transport and an HTTP connection.

    Parameters
    ----------
    protocol
        The HTTP connection, which gets the decrypted bytes.
    context
        The TLS context.
    handshake_seconds
        Seconds for the handshake.
    buffers
        The memory limit that unread responses count towards.
    on_lost
        Called once when the connection is closed.
    """

    max_size = 1 << 16  # every connection allocates it; the inherited size is 256 KiB
    _ssl_writing_paused: bool
    _outgoing: ssl.MemoryBIO

    def __init__(
        self,
        protocol: Connection,
        context: ssl.SSLContext,
        handshake_seconds: float,
        buffers: Buffers,
        on_lost: Callable[[], None],
    ) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(
            loop,
            protocol,
            context,
            None,  # type: ignore[arg-type] # nothing waits for the handshake
            server_side=True,
            ssl_handshake_timeout=handshake_seconds,  # type: ignore[arg-type] # the stub says int; a float works
            ssl_shutdown_timeout=SHUTDOWN_SECONDS,
        )
        self._extra[TLS_EXTRA] = self
        self._buffers = buffers
        self._on_lost = on_lost
        self._is_sealing = False
        self._is_paused = False
        self._drained: asyncio.Future[None] | None = None

    @property
    def http_connection(self) -> Connection:
        """The protocol that gets the decrypted bytes."""
        return cast("Connection", self._app_protocol)

    @property
    def connection(self) -> asyncio.Transport:
        """The transport of the encrypted bytes.

        Raises
        ------
        ConnectionResetError
            If it is closed.
        """
        if self._transport is None:
            raise ConnectionResetError
        return cast("asyncio.Transport", self._transport)  # transports of uvloop have no common base

    async def empty_buffers(self) -> None:
        """Wait until the kernel has taken all bytes written before.

        Raises
        ------
        ConnectionResetError
            If the connection is lost meanwhile.
        """
        self.connection.set_write_buffer_limits(high=0)  # `resume_writing` then follows the last byte
        while self._is_unsent():
            self._drained = asyncio.get_running_loop().create_future()
            await self._drained

    @contextmanager
    def encrypted(self, octets: bytes) -> Iterator[bytes]:
        """Yield the encrypted bytes for the block to send in full; nothing else is sent meanwhile.

        An exception in the block aborts the connection: the client could not decrypt what follows.

        Raises
        ------
        ConnectionResetError
            If the connection is closing.
        """
        self._is_sealing = self._ssl_writing_paused = True
        try:
            yield self._encrypt(octets)
        except BaseException:
            if self._transport is not None:
                self.connection.abort()
            raise
        finally:
            self._is_sealing = False
            if self._transport is not None and not self._is_paused:
                super().resume_writing()

    def _encrypt(self, octets: bytes) -> bytes:
        self._app_transport.write(octets)
        encrypted = self._outgoing.read()
        if self._write_backlog or not encrypted:
            raise ConnectionResetError
        return encrypted

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the handshake, and have the transport report every write that it cannot send at once."""
        cast("asyncio.Transport", transport).set_write_buffer_limits(high=0)
        super().connection_made(transport)

    def pause_writing(self) -> None:
        """Handle a write buffer that is no longer empty."""
        self._is_paused = self._ssl_writing_paused = True
        self._buffers.add_unsent(self.connection, self.http_connection.response_size)

    def resume_writing(self) -> None:
        """Handle a write buffer that is empty again."""
        self._is_paused = False
        self._buffers.remove_unsent(self.connection)
        if not self._is_sealing:
            super().resume_writing()
        self._wake()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Release what belongs to the connection."""
        if self._transport is not None:
            self._buffers.remove_unsent(self.connection)
        super().connection_lost(exc)
        self._on_lost()
        self._wake()

    def _is_unsent(self) -> bool:
        if self.connection.get_write_buffer_size():
            return True
        return not self._is_sealing and bool(self._write_backlog or self._outgoing.pending)

    def _wake(self) -> None:
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
