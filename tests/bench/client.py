"""A client that keeps connections and sends either as fast as answers come or at a constant rate."""

from __future__ import annotations

import asyncio
import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.reply import read_reply

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SECONDS_TO_ANSWER = 30.0


@dataclass(frozen=True)
class Connection:
    """A kept connection to the server on this machine."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, request: bytes) -> int:
        """Return the status of the answer, once all of it has come.

        Raises
        ------
        TimeoutError
            When it does not come in `SECONDS_TO_ANSWER`.
        """
        async with asyncio.timeout(SECONDS_TO_ANSWER):
            self.writer.write(request)
            return (await read_reply(self.reader)).status

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()


async def connect(port: int) -> Connection:
    return Connection(*await asyncio.open_connection("127.0.0.1", port))


async def as_fast_as_possible(
    port: int, requests: Sequence[bytes], seconds: float, connections: int
) -> tuple[dict[int, int], float]:
    """Send on every connection as soon as it is free; count the answers by status, and return the time."""
    loop, turns = asyncio.get_running_loop(), itertools.cycle(requests)
    statuses: dict[int, int] = {}
    start = loop.time()

    async def repeat() -> None:
        connection = await connect(port)
        while loop.time() < start + seconds:
            status = await connection.send(next(turns))
            statuses[status] = statuses.get(status, 0) + 1
        await connection.close()

    await asyncio.gather(*(repeat() for _ in range(connections)))
    return statuses, loop.time() - start


async def at_constant_rate(  # noqa: PLR0913  # each is a property of the load
    port: int,
    requests: Sequence[bytes],
    per_second: float,
    seconds: float,
    connections: int,
    *,
    opens_at_once: bool = False,
) -> list[float]:
    """Send at fixed moments, whether or not earlier answers have come; return seconds until each answer.

    Time counts from the moment a request was due, so that what waits for a free connection shows, too. A
    request that is refused counts as one that is never answered. The connections are opened before the first
    request, all at once or one after the other, and take turns.
    """
    loop = asyncio.get_running_loop()
    free: asyncio.Queue[Connection] = asyncio.Queue()
    if opens_at_once:
        for connection in await asyncio.gather(*(connect(port) for _ in range(connections))):
            free.put_nowait(connection)
    else:
        for _ in range(connections):
            free.put_nowait(await connect(port))
    turns: Iterator[bytes] = itertools.cycle(requests)

    async def send(due: float) -> float:
        connection = await free.get()
        status = await connection.send(next(turns))
        free.put_nowait(connection)
        return loop.time() - due if status == 200 else math.inf

    start, sent = loop.time(), []
    for place in range(round(per_second * seconds)):
        due = start + place / per_second
        await asyncio.sleep(max(0.0, due - loop.time()))
        sent.append(asyncio.create_task(send(due)))
    latencies = await asyncio.gather(*sent)
    while not free.empty():
        await free.get_nowait().close()
    return latencies


async def on_short_connections(port: int, request: bytes, count: int, at_once: int) -> list[float]:
    """Send each request on a connection of its own; return seconds from its opening to its answer.

    Raises
    ------
    RuntimeError
        When an answer is not a success.
    """
    loop = asyncio.get_running_loop()
    left = iter(range(count))

    async def repeat() -> list[float]:
        taken = []
        for _ in left:
            start = loop.time()
            connection = await connect(port)
            status = await connection.send(request)
            taken.append(loop.time() - start)
            await connection.close()
            if status != 200:
                message = f"a query on a connection of its own was answered {status}"
                raise RuntimeError(message)
        return taken

    return [
        seconds for taken in await asyncio.gather(*(repeat() for _ in range(at_once))) for seconds in taken
    ]
