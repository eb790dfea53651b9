"""A long object on its way into a bucket, in parts, with a bound on memory and on standing still."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import obstore

from anomaly_container.outbound.bucket_errors import in_our_words
from anomaly_container.outbound.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from obstore import PutResult
    from obstore.store import ObjectStore

PART_BYTES: Final = 8 << 20
"""Bytes of a part: 10,000 of them, the most that S3 takes, are 80 GB."""

PARTS_AT_ONCE: Final = 2
SECONDS_TO_ABORT: Final = 2.0


async def upload(store: ObjectStore, key: str, pieces: AsyncIterator[bytes], seconds: float) -> PutResult:
    """Write an object of pieces: a short one in one request, a longer one in parts.

    An upload in parts that fails, or is cancelled, is aborted, so that its parts are not kept. If the source
    raises, so does this function; if the store takes nothing for `seconds`, it raises `Unavailable`.
    """
    first = bytearray()
    async for piece in pieces:
        first += piece
        if len(first) > PART_BYTES:
            break
    else:
        with in_our_words():
            async with asyncio.timeout(seconds):
                return await obstore.put_async(store, key, bytes(first), use_multipart=False)
    source = _Source(bytes(first), pieces)
    del first
    call = obstore.put_async(store, key, source, chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE)
    task = asyncio.ensure_future(call)
    try:
        return await _watched(task, source, seconds)
    finally:
        if not task.done():
            await _abort(task, source)


async def _watched(task: asyncio.Future[PutResult], source: _Source, seconds: float) -> PutResult:
    clock = asyncio.get_running_loop().time
    while not task.done():
        await asyncio.wait({task}, timeout=min(seconds, 1.0))
        if not task.done() and not source.is_awaited and clock() - source.since > seconds:
            raise Unavailable(message="The store did not take data in time.")
    if source.error is not None:
        task.exception()  # It is the same one.
        raise source.error
    with in_our_words():
        return task.result()


async def _abort(task: asyncio.Future[PutResult], source: _Source) -> None:
    source.stop()
    await asyncio.wait({task}, timeout=SECONDS_TO_ABORT)
    if not task.done():
        task.cancel()
    elif not task.cancelled():
        task.exception()  # It is the one that `stop` caused.


class _Source:
    """The pieces as obstore takes them; `stop` makes them fail, which is how an upload is aborted."""

    def __init__(self, first: bytes, rest: AsyncIterator[bytes]) -> None:
        self._first = first
        self._rest = rest
        self._waiting: asyncio.Future[bytes] | None = None
        self._is_stopped = False
        self.error: BaseException | None = None
        self.since = asyncio.get_running_loop().time()

    @property
    def is_awaited(self) -> bool:
        return self._waiting is not None

    def stop(self) -> None:
        self._is_stopped = True
        if self._waiting is not None:
            self._waiting.cancel()

    def __aiter__(self) -> _Source:
        return self

    async def __anext__(self) -> bytes:
        if self._is_stopped:
            raise Unavailable(message="The upload was stopped.")
        if self._first:
            first, self._first = self._first, b""
            return first
        self._waiting = asyncio.ensure_future(self._next())
        try:
            return await self._waiting
        except StopAsyncIteration:
            raise
        except asyncio.CancelledError:
            raise Unavailable(message="The upload was stopped.") from None
        except Exception as error:
            self.error = error
            raise
        finally:
            self._waiting = None
            self.since = asyncio.get_running_loop().time()

    async def _next(self) -> bytes:
        return await anext(self._rest)
