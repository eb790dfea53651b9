"""The request parser, which also handles requests that offer to switch to another protocol.

A client may offer to switch (`Upgrade: h2c`, which Java's client sends with every first request). This server
never accepts and responds in HTTP/1.1. The compiled parser of aiohttp treats the end of such a request as the
end of HTTP and drops the bytes that follow it in the same packet, unless the offer is WebSocket. The Python
parser, which aiohttp uses if the compiled one is missing, does not.
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
    """Parses one request at a time and continues after an offer to switch.

    Parameters
    ----------
    protocol, loop, limit, limits
        Passed to aiohttp.
    read_ahead
        The number of requests that may wait; further bytes stay here until one is consumed.

    Attributes
    ----------
    fault
        The error in the bytes after the requests that were returned last; the next call raises it.
    """

    def __init__(
        self,
        protocol: BaseProtocol,
        loop: asyncio.AbstractEventLoop,
        limit: int,
        *,
        read_ahead: int,
        **limits: Any,  # noqa: ANN401  # passed to aiohttp
    ) -> None:
        # The base class stops after each request and keeps the bytes that follow. After `set_upgraded` it
        # returns them.
        super().__init__(protocol, loop, limit, **limits, max_msg_queue_size=1)
        self.fault: HttpProcessingError | None = None
        self._read_ahead = read_ahead
        self._waiting = 0
        self._is_paused = False
        self._offer: StreamReader | None = None

    def feed_data(self, data: bytes) -> tuple[Sequence[Message], bool, bytes]:  # type: ignore[override] # the stub describes the Python parser
        """Return the requests whose heads are complete, and False and no bytes for an upgrade.

        Raises
        ------
        HttpProcessingError
            If the bytes are not HTTP, and no request came before them.
        """
        if self.fault is not None:
            fault, self.fault = self.fault, None
            raise fault
        self._is_paused = False
        found = self._next(data)
        try:
            # An empty result may be the end of a body, with further requests after it.
            while self._waiting < self._read_ahead and not self._is_paused and (more := self._next(b"")):
                found = [*found, *more]
        except HttpProcessingError as error:
            if not found:
                raise
            self.fault = error
        return found, False, b""

    def message_consumed(self) -> None:
        """Make room for another request."""
        self._waiting -= 1

    def pause_reading(self) -> None:
        """Pause within a body whose buffer is full."""
        self._is_paused = True
        super().pause_reading()

    def _next(self, data: bytes) -> Sequence[Message]:
        """Return the next request if its head is complete."""
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
