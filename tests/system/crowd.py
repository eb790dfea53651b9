"""Many clients at once, in a process of their own: what they compute keeps no probe waiting."""

from __future__ import annotations

import asyncio
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TYPE_CHECKING

from tests.bench.wire import get
from tests.support.reply import read_reply

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

SECONDS_FOR_ALL = 150.0


async def _send(port: int, request: bytes, rounds: int, ready: asyncio.Barrier) -> list[int]:
    """Send one request after the other on one connection, the first when all clients are connected."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(get("/livez"))
        await read_reply(reader)
        await ready.wait()
        statuses = []
        for _ in range(rounds):
            writer.write(request)
            statuses.append((await read_reply(reader))[0])
        return statuses
    finally:
        writer.transport.abort()


async def _all(port: int, requests: Sequence[bytes], rounds: int) -> Counter[int]:
    ready = asyncio.Barrier(len(requests))
    async with asyncio.timeout(SECONDS_FOR_ALL):
        statuses = await asyncio.gather(*(_send(port, request, rounds, ready) for request in requests))
    return Counter(status for each in statuses for status in each)


def send_all(port: int, requests: Sequence[bytes], rounds: int) -> Counter[int]:
    """Send each request on a connection of its own, all at once, so many times; return the statuses."""
    return asyncio.run(_all(port, requests, rounds))


@contextmanager
def crowd(port: int, requests: Sequence[bytes], rounds: int = 1) -> Iterator[Future[Counter[int]]]:
    """Such clients, while the block runs."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as processes:
        yield processes.submit(send_all, port, requests, rounds)
