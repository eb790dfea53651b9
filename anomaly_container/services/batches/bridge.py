"""The bridge from a thread to the store on the event loop: bytes that are pulled piece by piece."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import CancelledError, Future, wait
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterator

    from anomaly_container.outbound.object_store import ObjectStore

T = TypeVar("T")
SECONDS_BETWEEN_LOOKS: Final = 0.5


class EndedError(Exception):
    """The process stops: a thread must not wait for the event loop any longer."""


class Bridge:
    """Lets threads read from a store.

    Parameters
    ----------
    store
        The store.
    loop
        The event loop on which the store is used.
    """

    def __init__(self, store: ObjectStore, loop: asyncio.AbstractEventLoop) -> None:
        self._store = store
        self._loop = loop
        self._ended = threading.Event()

    def end(self) -> None:
        """Raise `EndedError` in every thread that reads."""
        self._ended.set()

    def pieces(self, key: str, etag: str) -> Iterator[bytes]:
        """Yield the bytes of one version of an object, on a thread.

        Parameters
        ----------
        key, etag
            The object.

        Raises
        ------
        OutboundError
            If the store fails, or the object has changed.
        """
        opened = self._store.open(key, if_match=etag)
        found = self._wait(opened.__aenter__())
        try:
            waiting = aiter(found)
            while piece := self._wait(_next(waiting)):
                yield piece
        finally:
            self._later(opened.__aexit__(None, None, None))

    def _later(self, call: Coroutine[Any, Any, object]) -> None:
        """Begin a call without waiting for it.

        A generator that is left is closed by whoever drops it last, which may be the event loop itself.
        """
        try:
            asyncio.run_coroutine_threadsafe(call, self._loop)
        except RuntimeError:  # the event loop is closed
            call.close()

    def _wait(self, call: Coroutine[Any, Any, T]) -> T:
        if self._ended.is_set():
            call.close()
            raise EndedError
        future = asyncio.run_coroutine_threadsafe(call, self._loop)
        while not wait([future], SECONDS_BETWEEN_LOOKS).done:
            self._check(future)
        try:
            return future.result()
        except CancelledError:
            raise EndedError from None

    def _check(self, future: Future[T]) -> None:
        if self._ended.is_set():
            future.cancel()
            raise EndedError


async def _next(pieces: AsyncIterator[bytes]) -> bytes:
    """Return the next piece; blank at the end."""
    return await anext(pieces, b"")
