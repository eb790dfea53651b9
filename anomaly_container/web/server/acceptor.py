"""Accept connections from a socket that several workers share, each its share."""

from __future__ import annotations

import asyncio
import errno
import logging
import select
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiohttp import web

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence

    from anomaly_container.web.server.connection_counts import Share

PAUSES: Final = (0.001, 0.002, 0.003, 0.004)
"""Seconds for which a worker leaves a connection to others; then it accepts it."""
ACCEPTS_AT_ONCE: Final = 16
"""Connections accepted in one iteration of the loop: requests that have come wait meanwhile."""
PERIOD_SECONDS: Final = 1.0
SECONDS_AFTER_ERROR: Final = 0.1
NONE_TO_ACCEPT: Final = frozenset({errno.EAGAIN, errno.EINTR})
GONE: Final = frozenset({errno.ECONNABORTED, errno.EPROTO, errno.EPERM})
"""The client gave up while its connection waited, or a firewall refuses it; the next one may be good."""

log = logging.getLogger(__name__)


class Acceptor:
    """Accepts connections from one socket while this worker has not more than its share.

    Parameters
    ----------
    listening
        The socket; it is closed with the acceptor.
    make_protocol
        Makes the protocol of a connection.
    share
        The connections of this worker compared with those of the others.
    """

    def __init__(
        self, listening: socket.socket, make_protocol: Callable[[], asyncio.BaseProtocol], share: Share
    ) -> None:
        self._listening = listening
        self._make_protocol = make_protocol
        self._share = share
        self._loop = asyncio.get_running_loop()
        self._poll = select.poll()
        self._poll.register(listening, select.POLLIN)
        self._pauses = 0
        self._roomier: dict[int, int] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._has_failed = False
        self._opening: set[asyncio.Task[object]] = set()

    def start(self) -> None:
        """Begin to accept."""
        self._listening.setblocking(False)
        self._loop.add_reader(self._listening, self._accept)

    def close(self) -> None:
        """Stop accepting; the connections that wait are left to the other workers."""
        if self._timer is not None:
            self._timer.cancel()
        self._loop.remove_reader(self._listening)
        self._listening.close()

    def _accept(self) -> None:
        self._share.beat()
        for _ in range(ACCEPTS_AT_ONCE):
            if self._leaves_it_to_others():
                self._pause(PAUSES[self._pauses - 1])
                return
            try:
                connection, _ = self._listening.accept()
            except OSError as error:
                if error.errno in GONE:
                    continue
                self._pauses = 0
                if error.errno not in NONE_TO_ACCEPT:
                    self._report(error)
                    self._pause(SECONDS_AFTER_ERROR)
                return
            self._pauses = 0
            self._has_failed = False
            self._open(connection)

    def _leaves_it_to_others(self) -> bool:
        roomier = self._share.roomier()
        if not roomier:
            return False
        if self._pauses == len(PAUSES):
            self._share.pass_over(self._roomier)
            return False
        if not self._pauses:
            self._roomier = roomier
        self._pauses += 1
        return True

    def _pause(self, seconds: float) -> None:
        self._loop.remove_reader(self._listening)
        self._timer = self._loop.call_later(seconds, self._go_on)

    def _go_on(self) -> None:
        self._timer = None
        if not self._poll.poll(0):
            self._pauses = 0  # others have accepted what waited
        self._loop.add_reader(self._listening, self._accept)

    def _open(self, connection: socket.socket) -> None:
        protocol = self._make_protocol()
        task = self._loop.create_task(self._loop.connect_accepted_socket(lambda: protocol, connection))
        self._opening.add(task)
        task.add_done_callback(self._opened)

    def _opened(self, task: asyncio.Task[object]) -> None:
        self._opening.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("A connection could not be opened.", exc_info=error)

    def _report(self, error: OSError) -> None:
        """Log the first of several failures."""
        if not self._has_failed:
            log.error("A worker cannot accept connections: %s. It tries again.", error.strerror)
        self._has_failed = True


@dataclass(frozen=True)
class SharedSockets:
    """The listening sockets that the workers of a container share, and the share of one worker."""

    sockets: Sequence[socket.socket]
    share: Share


class SharedServer:
    """Accepts connections from all sockets that the workers of a container share.

    Parameters
    ----------
    shared
        The sockets, which are closed with the server, and the share of this worker.
    make_protocol
        Makes the protocol of a connection.
    """

    def __init__(self, shared: SharedSockets, make_protocol: Callable[[], asyncio.BaseProtocol]) -> None:
        self.sockets = tuple(shared.sockets)
        self._share = shared.share
        self._acceptors = [Acceptor(each, make_protocol, shared.share) for each in shared.sockets]
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to accept."""
        self._share.begin()
        for acceptor in self._acceptors:
            acceptor.start()
        self._begin_period()

    def close(self) -> None:
        """Stop accepting."""
        if self._timer is not None:
            self._timer.cancel()
        for acceptor in self._acceptors:
            acceptor.close()
        self.sockets = ()
        self._share.end()

    def _begin_period(self) -> None:
        self._share.next_period()
        self._timer = asyncio.get_running_loop().call_later(PERIOD_SECONDS, self._begin_period)


class SharedSite(web.BaseSite):
    """The shared sockets as a site of a runner.

    Parameters
    ----------
    runner
        The runner.
    shared
        The sockets.
    """

    __slots__ = ("_shared",)

    def __init__(self, runner: web.BaseRunner, shared: SharedSockets) -> None:
        super().__init__(runner)
        self._shared = shared

    @property
    def name(self) -> str:
        """The addresses of the sockets."""
        return ", ".join(str(each.getsockname()) for each in self._shared.sockets)

    async def start(self) -> None:
        """Begin to accept.

        Raises
        ------
        RuntimeError
            If the runner is not set up.
        """
        await super().start()
        if self._runner.server is None:
            raise RuntimeError
        server = SharedServer(self._shared, self._runner.server)
        self._server = server  # type: ignore[assignment] # a site only closes it, and a runner reads its sockets
        server.start()
