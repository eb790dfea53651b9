"""Many clients at once, who count what they were answered."""

from __future__ import annotations

import asyncio
import http.client
import random
import socket
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aiohttp

from tests.support.payloads import ENTIRE_PATH, daily_body

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.system.server import Server

METERS = {"entire": "EntireDetect", "last": "LastDetect", "changepoint": "ChangePointDetect"}
SIZES = (12, 12, 12, 14, 14, 14, 24, 48, 200, 1200)
BODIES = {size: daily_body(size, period=7 if size > 14 else 0) for size in set(SIZES)}
REST = 0.05
"""Seconds that a client whose connection broke waits; it does not ask the same again."""


@dataclass
class Tally:
    """What clients got, by meter, and how often they got no whole answer."""

    answered: Counter[str] = field(default_factory=Counter)
    other: Counter[str] = field(default_factory=Counter)


@contextmanager
def clients(url: str, number: int, seed: int) -> Iterator[Tally]:
    """Clients that ask one question after the other until the block ends, each on a connection of its own."""
    tally = Tally()
    stopping = threading.Event()

    async def ask_all() -> None:
        async with asyncio.TaskGroup() as group:
            for index in range(number):
                group.create_task(_ask(url, tally, stopping, random.Random(seed + index)))  # noqa: S311  # a test

    thread = threading.Thread(target=asyncio.run, args=(ask_all(),))
    thread.start()
    try:
        yield tally
    finally:
        stopping.set()
        thread.join()


async def _ask(url: str, tally: Tally, stopping: threading.Event, chance: random.Random) -> None:
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=1), timeout=aiohttp.ClientTimeout(30)
    ) as session:
        while not stopping.is_set():
            operation, size = chance.choice(list(METERS)), chance.choice(SIZES)
            path = f"{url}/anomalydetector/v1.1/timeseries/{operation}/detect"
            try:
                async with session.post(path, data=BODIES[size]) as response:
                    await response.read()
            except (aiohttp.ClientError, TimeoutError) as error:
                tally.other[type(error).__name__] += 1
                await asyncio.sleep(REST)
                continue
            if response.status == 200:
                tally.answered.update({METERS[operation]: 1, "DataPoints": -(-size // 1000)})
            else:
                tally.other[str(response.status)] += 1


def begun_query(server: Server, length: int) -> http.client.HTTPConnection:
    """A query that the server is waiting for the body of: it has said so before this returns."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.putrequest("POST", ENTIRE_PATH)
    connection.putheader("Content-Length", str(length))
    connection.putheader("Expect", "100-continue")
    connection.endheaders()
    go_on = b"HTTP/1.1 100 Continue\r\n\r\n"
    assert connection.sock.recv(len(go_on), socket.MSG_WAITALL) == go_on
    return connection
