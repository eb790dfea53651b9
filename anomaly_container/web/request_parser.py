"""Requests out of bytes, those too that offer to go on in another protocol.

A client may offer to switch (`Upgrade: h2c`, as Java's does with every first request); this server never
accepts, and answers in HTTP/1.1. The library's compiled parser takes the end of such a request for the end of
HTTP and drops what came behind it in the same packet, unless the offer is to speak WebSocket. Its twin in
Python, for machines without the compiled one, does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import HttpRequestParser, HttpRequestParserPy

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

    from aiohttp.base_protocol import BaseProtocol
    from aiohttp.http_parser import RawRequestMessage
    from aiohttp.streams import StreamReader

    Message = tuple[RawRequestMessage, StreamReader]

IS_COMPILED: Final = HttpRequestParser is not HttpRequestParserPy
read: Final = HttpRequestParser.feed_data


class RequestParser(HttpRequestParser):
    """Reads one request at a time and goes on behind an offer to switch.

    Parameters
    ----------
    protocol, loop, limit, limits
        As the library takes them.
    read_ahead
        How many requests may wait; further bytes stay here until one is taken.

    Attributes
    ----------
    fault
        What is wrong behind the requests that were returned last; the next call raises it.
    """

    def __init__(
        self,
        protocol: BaseProtocol,
        loop: asyncio.AbstractEventLoop,
        limit: int,
        *,
        read_ahead: int,
        **limits: Any,  # noqa: ANN401  # they are the library's own
    ) -> None:
        # It stops behind each request and keeps the bytes that follow; told that the switch was made it gives
        # them back.
        super().__init__(protocol, loop, limit, **limits, max_msg_queue_size=1)
        self.fault: HttpProcessingError | None = None
        self._read_ahead = read_ahead
        self._waiting = 0
        self._is_held = False
        self._offer: StreamReader | None = None

    def feed_data(self, data: bytes) -> tuple[Sequence[Message], bool, bytes]:  # type: ignore[override] # its types are those of a twin in Python
        """Return the requests whose heads are whole now, and never that the connection was switched.

        Raises
        ------
        HttpProcessingError
            If the bytes are not HTTP, and no request came before them.
        """
        if self.fault is not None:
            fault, self.fault = self.fault, None
            raise fault
        self._is_held = False
        found = self._next(data)
        try:
            # Nothing may mean the end of a body, behind which there is more.
            while self._waiting < self._read_ahead and not self._is_held and (further := self._next(b"")):
                found = [*found, *further]
        except HttpProcessingError as error:
            if not found:
                raise
            self.fault = error
        return found, False, b""

    def message_consumed(self) -> None:
        """Note that a request waits no longer."""
        self._waiting -= 1

    def pause_reading(self) -> None:
        """Stop within a body of which more waits than may."""
        self._is_held = True
        super().pause_reading()

    def _next(self, data: bytes) -> Sequence[Message]:
        """Return the next request if its head is whole."""
        if self._offer is not None and self._offer.is_eof():
            self._offer = None
            self.set_upgraded(val=True)
            _, _, data = read(self, data)
            self.set_upgraded(val=False)
        messages, _, _ = read(self, data)
        if messages:
            self._waiting += 1
            if messages[0][0].upgrade:
                self._offer = messages[0][1]
        return messages
