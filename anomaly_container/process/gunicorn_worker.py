"""The worker of gunicorn: it leaves the listening sockets to the server if several workers share them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from aiohttp.worker import GunicornUVLoopWebWorker

from anomaly_container.web.server.acceptor import SharedSockets

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from gunicorn.sock import BaseSocket

    from anomaly_container.web.server.connection_counts import Share
    from anomaly_container.web.server.listener import Runner


class Worker(GunicornUVLoopWebWorker):
    """A worker on uvloop."""

    sockets: Sequence[BaseSocket]
    wsgi: Callable[..., Awaitable[Runner]]
    share: Share | None = None
    """Its share of the connections; the master sets it before the fork if there are several workers."""
    place: int | None = None
    """Its row of the counts."""

    def load_wsgi(self) -> None:
        """Load the server, and hand it the sockets if they are shared."""
        super().load_wsgi()
        if self.share is None:
            return
        shared = SharedSockets(tuple(listener.sock for listener in self.sockets), self.share)
        self.sockets = ()  # or aiohttp would accept from them too
        self.wsgi = partial(self.wsgi, shared)
