"""The answer to a query, which is counted when its last byte is in the hands of the kernel."""

from __future__ import annotations

import asyncio
import select
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Final

from aiohttp import web

from anomaly_container.observability import metrics
from anomaly_container.web.server.tls_transport import EXTRA

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from aiohttp.abc import AbstractStreamWriter

    from anomaly_container.metering.counter import Counter
    from anomaly_container.web.metered import Answer
    from anomaly_container.web.server.tls_transport import Encryption

FULL_BUFFER_SECONDS: Final = 0.01
"""How long to wait when the kernel has no room for a single byte though it took all before it."""


class CountedResponse(web.Response):
    """A response that is sent in full and counted, or neither.

    Parameters
    ----------
    counter
        Where it is counted.
    answer
        What it says, and what it adds to which meters.
    seconds
        How long the kernel may have no room for the last byte.
    """

    def __init__(self, counter: Counter, answer: Answer, seconds: float) -> None:
        super().__init__(
            status=answer.status, body=answer.body, headers=answer.headers, content_type=answer.content_type
        )
        self._counter = counter
        self._amounts = answer.amounts
        self._seconds = seconds
        self._asked: web.BaseRequest | None = None

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Begin the answer to a request."""
        self._asked = request
        return await super().prepare(request)

    async def write_eof(self, data: bytes = b"") -> None:
        """Send the answer.

        Raises
        ------
        ConnectionError
            When the client is gone; then nothing is counted.
        """
        request = self._asked
        if request is None or request.transport is None:
            raise ConnectionResetError
        transport = request.transport
        encryption: Encryption | None = transport.get_extra_info(EXTRA)
        empty_buffers = (
            partial(_empty_buffer, request, transport) if encryption is None else encryption.empty_buffers
        )
        await empty_buffers()
        # The server writes into a stand-in, without waiting in between, since nothing of it fills up.
        wire = _Collected()
        request.protocol.transport = wire
        try:
            await super().write_eof(data)
        finally:
            request.protocol.transport = transport
        octets = wire.octets()
        # What waits to be sent is in memory once.
        del wire
        self._body = None
        if encryption is None:
            await self._deliver(transport, octets, empty_buffers)
            return
        with encryption.sealed(octets) as encrypted:
            del octets
            await self._deliver(encryption.connection, encrypted, empty_buffers)

    async def _deliver(
        self, transport: asyncio.Transport, octets: bytes, empty_buffers: Callable[[], Awaitable[None]]
    ) -> None:
        descriptor = transport.get_extra_info("socket").fileno()
        attempts = ceil(self._seconds / FULL_BUFFER_SECONDS)
        while octets:
            if transport.is_closing() or _has_hung_up(descriptor):
                raise ConnectionResetError
            octets = octets[self._counter.deliver(descriptor, octets, self._amounts) :]
            if len(octets) > 1:
                # The kernel is full. The transport knows when it has room again; the last byte, with which
                # the answer is counted, stays here.
                transport.write(octets[:-1])
                octets = octets[-1:]
                await empty_buffers()
            elif octets:
                attempts -= 1
                if not attempts:
                    metrics.UNREAD.labels("deadline").inc()
                    transport.abort()
                await asyncio.sleep(FULL_BUFFER_SECONDS)


class _Collected(asyncio.Transport):
    """Stands in for a connection and keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self._chunks: list[bytes | bytearray | memoryview] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._chunks.append(data)

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        self._chunks.extend(list_of_data)

    def is_closing(self) -> bool:
        return False

    def octets(self) -> bytes:
        return b"".join(self._chunks)


async def _empty_buffer(request: web.BaseRequest, transport: asyncio.Transport) -> None:
    """Wait until the kernel has taken what was written before."""
    if transport.get_write_buffer_size():
        transport.set_write_buffer_limits(high=0)  # a drain then waits for the last byte
        await request.writer.drain()


def _has_hung_up(descriptor: int) -> bool:
    """Tell whether the client has closed its side, which the event loop may not have noticed yet."""
    poll = select.poll()
    poll.register(descriptor, select.POLLRDHUP)
    return bool(poll.poll(0))
