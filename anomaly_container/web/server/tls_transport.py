"""Encryption of one connection, in a form that lets answers be counted.

An answer is counted by the system call that hands its last byte to the kernel (docs/adr/0007). So the
encrypted bytes of an answer must be at hand before they go out, and nothing else may go out among them.
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

EXTRA: Final = "anomaly_container.encryption"
"""Under this name a connection's transport gives its `Encryption`, and nothing when there is none."""

SHUTDOWN_SECONDS: Final = 2.0
"""How long to wait for a client to say goodbye as well."""


class Encryption(SSLProtocol):
    """Stands between a connection and the server.

    Parameters
    ----------
    protocol
        The server's side, which sees what was decrypted.
    context
        The certificate and the terms.
    handshake_seconds
        How long a client may take to begin.
    buffers
        What is told when the client does not take what is sent.
    on_lost
        Called once when the connection is no more.
    """

    max_size = 1 << 16  # the inherited 256 KiB are held by every connection
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
            None,  # type: ignore[arg-type] # nobody waits for the handshake
            server_side=True,
            ssl_handshake_timeout=handshake_seconds,  # type: ignore[arg-type] # any number will do
            ssl_shutdown_timeout=SHUTDOWN_SECONDS,
        )
        self._extra[EXTRA] = self
        self._buffers = buffers
        self._on_lost = on_lost
        self._holding = False
        self._is_full = False
        self._room: asyncio.Future[None] | None = None

    @property
    def server_side(self) -> Connection:
        """The protocol that sees what was decrypted."""
        return cast("Connection", self._app_protocol)

    @property
    def connection(self) -> asyncio.Transport:
        """The connection itself, on which everything is encrypted.

        Raises
        ------
        ConnectionResetError
            When it is no more.
        """
        if self._transport is None:
            raise ConnectionResetError
        return cast("asyncio.Transport", self._transport)  # those of uvloop inherit nothing

    async def empty_buffers(self) -> None:
        """Wait until the kernel has taken everything that was written before.

        Raises
        ------
        ConnectionResetError
            When the connection is lost meanwhile.
        """
        self.connection.set_write_buffer_limits(high=0)  # it then tells when it has sent the last byte
        while self._is_unsent():
            self._room = asyncio.get_running_loop().create_future()
            await self._room

    @contextmanager
    def sealed(self, octets: bytes) -> Iterator[bytes]:
        """Give bytes encrypted, for the block to send whole; meanwhile nothing else goes out.

        An exception in the block gives the connection up: the client could make nothing of what follows.

        Raises
        ------
        ConnectionResetError
            When the connection is closing.
        """
        self._holding = self._ssl_writing_paused = True
        try:
            yield self._encrypt(octets)
        except BaseException:
            if self._transport is not None:
                self.connection.abort()
            raise
        finally:
            self._holding = False
            if self._transport is not None and not self._is_full:
                super().resume_writing()

    def _encrypt(self, octets: bytes) -> bytes:
        self._app_transport.write(octets)
        encrypted = self._outgoing.read()
        if self._write_backlog or not encrypted:
            raise ConnectionResetError
        return encrypted

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the handshake; the connection tells when it has not sent all at once."""
        cast("asyncio.Transport", transport).set_write_buffer_limits(high=0)
        super().connection_made(transport)

    def pause_writing(self) -> None:
        """Note that the connection's buffer is not empty."""
        self._is_full = self._ssl_writing_paused = True
        self._buffers.begin(self.connection, self.server_side.answer_size)

    def resume_writing(self) -> None:
        """Note that it is empty."""
        self._is_full = False
        self._buffers.end(self.connection)
        if not self._holding:
            super().resume_writing()
        self._wake()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget the connection."""
        if self._transport is not None:
            self._buffers.end(self.connection)
        super().connection_lost(exc)
        self._on_lost()
        self._wake()

    def _is_unsent(self) -> bool:
        if self.connection.get_write_buffer_size():
            return True
        return not self._holding and bool(self._write_backlog or self._outgoing.pending)

    def _wake(self) -> None:
        if self._room is not None and not self._room.done():
            self._room.set_result(None)
