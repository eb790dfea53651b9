"""The response to a metered query, counted when the kernel takes its last byte."""

from __future__ import annotations

import asyncio
import select
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Final

from aiohttp import web

from anomaly_container.observability import metrics
from anomaly_container.web.server.tls_transport import TLS_EXTRA

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from aiohttp.abc import AbstractStreamWriter

    from anomaly_container.metering.counter import Counter
    from anomaly_container.web.metered import Answer
    from anomaly_container.web.server.tls_transport import TlsProtocol

FULL_BUFFER_SECONDS: Final = 0.01
"""The pause between two attempts to send the last byte while the kernel has no room for it."""


class CountedResponse(web.Response):
    """A response that is either sent in full and counted, or not sent in full and not counted.

    Parameters
    ----------
    counter
        The counter of the worker.
    answer
        The response as the handler returned it, with the amount for each meter.
    seconds
        Seconds that the kernel may have no room for the last byte.
    """

    def __init__(self, counter: Counter, answer: Answer, seconds: float) -> None:
        super().__init__(
            status=answer.status, body=answer.body, headers=answer.headers, content_type=answer.content_type
        )
        self._counter = counter
        self._amounts = answer.amounts
        self._seconds = seconds
        self._request: web.BaseRequest | None = None

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Begin the response to a request."""
        self._request = request
        return await super().prepare(request)

    async def write_eof(self, data: bytes = b"") -> None:
        """Send the response.

        Raises
        ------
        ConnectionError
            If the client is gone; then nothing is counted.
        """
        request = self._request
        if request is None or request.transport is None:
            raise ConnectionResetError
        transport = request.transport
        tls: TlsProtocol | None = transport.get_extra_info(TLS_EXTRA)
        empty_buffers = partial(_empty_buffer, request, transport) if tls is None else tls.empty_buffers
        await empty_buffers()
        # aiohttp writes into a buffer, which never makes it wait.
        wire = _BufferedTransport()
        request.protocol.transport = wire
        try:
            await super().write_eof(data)
        finally:
            request.protocol.transport = transport
        octets = wire.octets()
        # Keep only one copy of the bytes in memory.
        del wire
        self._body = None
        if tls is None:
            await self._deliver(transport, octets, empty_buffers)
            return
        with tls.encrypted(octets) as encrypted:
            del octets
            await self._deliver(tls.connection, encrypted, empty_buffers)

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
                # The buffer of the kernel is full; the transport waits until there is room again. The last
                # byte, with which the response is counted, stays here.
                transport.write(octets[:-1])
                octets = octets[-1:]
                await empty_buffers()
            elif octets:
                attempts -= 1
                if not attempts:
                    metrics.UNREAD.labels("deadline").inc()
                    transport.abort()
                await asyncio.sleep(FULL_BUFFER_SECONDS)


class _BufferedTransport(asyncio.Transport):
    """A transport that keeps what is written."""

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
    """Wait until the kernel has taken all bytes written before."""
    if transport.get_write_buffer_size():
        transport.set_write_buffer_limits(high=0)  # a drain then waits for the last byte
        await request.writer.drain()


def _has_hung_up(descriptor: int) -> bool:
    """Return whether the client has closed its side, which the event loop may not have noticed yet."""
    poll = select.poll()
    poll.register(descriptor, select.POLLRDHUP)
    return bool(poll.poll(0))
