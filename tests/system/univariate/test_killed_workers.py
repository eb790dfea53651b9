"""A killed worker takes with it the connections that it had accepted, and no other.

The smallest example: a connection that waits in the queue of the port while one of two workers is killed is
answered by the other one.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.payloads import ENTIRE_PATH, daily_body
from tests.support.reply import read_reply
from tests.system.accepted import accepted
from tests.system.metering import receiver
from tests.system.server import GATE, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.system.metering import Receiver
    from tests.system.server import Server

KILLS = 100 if os.environ.get("SCALE") == "full" else 10
SEED = 11
WORKERS, CLIENTS = 3, 16
PAUSES = (0.05, 0.4)
SECONDS_TO_ANSWER = 30.0
SECONDS_TO_STOP = 5.0
SECONDS_TO_SETTLE = 30.0
BODY = daily_body(48, period=7)
REQUEST = (
    f"POST {ENTIRE_PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(BODY)}\r\n\r\n"
).encode() + BODY


@dataclass(frozen=True)
class Broken:
    """A connection that ended without an answer."""

    port: int | None
    began: float
    ended: float
    error: str


@dataclass(frozen=True)
class Kill:
    """When a worker was killed, and the clients' ports of the connections that it then had."""

    at: float
    held: frozenset[int]

    def explains(self, broken: Broken) -> bool:
        return broken.port in self.held and broken.began < self.at < broken.ended


@dataclass
class Seen:
    """What the clients saw."""

    statuses: Counter[int] = field(default_factory=Counter)
    broken: list[Broken] = field(default_factory=list)


async def _ask(port: int, seen: Seen) -> None:
    """Open a connection, send one request, and note the answer."""
    began, local = time.monotonic(), None
    try:
        async with asyncio.timeout(SECONDS_TO_ANSWER):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            local = int(writer.get_extra_info("sockname")[1])
            try:
                writer.write(REQUEST)
                seen.statuses[(await read_reply(reader)).status] += 1
            finally:
                writer.transport.abort()
    except (OSError, EOFError, TimeoutError) as error:
        seen.broken.append(Broken(local, began, time.monotonic(), type(error).__name__))


@contextmanager
def opening(port: int) -> Iterator[Seen]:
    """Clients that open one connection after the other until the block ends."""
    seen, stopping = Seen(), threading.Event()

    async def repeat() -> None:
        while not stopping.is_set():
            await _ask(port, seen)

    async def all_of_them() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(CLIENTS):
                group.create_task(repeat())

    thread = threading.Thread(target=asyncio.run, args=(all_of_them(),))
    thread.start()
    try:
        yield seen
    finally:
        stopping.set()
        thread.join()


def kill(pid: int, port: int) -> Kill:
    """Stop a worker, note the connections that it has, and kill it: meanwhile it accepts no other."""
    os.kill(pid, signal.SIGSTOP)
    wait_until_stopped(pid)
    seen = Kill(time.monotonic(), accepted(pid, port))
    os.kill(pid, signal.SIGKILL)
    return seen


def wait_until_stopped(pid: int) -> None:
    deadline = time.monotonic() + SECONDS_TO_STOP
    while any(state_of(each) != "T" for each in Path(f"/proc/{pid}/task").iterdir()):
        assert time.monotonic() < deadline, "the worker does not stop"
        time.sleep(0.0005)


def state_of(thread: Path) -> str:
    return (thread / "stat").read_text().rpartition(")")[2].split()[0]


def kills_of(server: Server, chance: random.Random) -> list[Kill]:
    """Kill a worker at a random moment, again and again."""
    done: dict[int, Kill] = {}
    while len(done) < KILLS:
        time.sleep(chance.uniform(*PAUSES))
        workers = [
            pid for pid in server.worker_pids if pid not in done
        ]  # the master may not have seen an end yet
        if len(workers) > 1:
            pid = chance.choice(workers)
            done[pid] = kill(pid, server.port)
    return list(done.values())


def settled(endpoint: Receiver, wanted: Counter[str]) -> Counter[str]:
    """The totals of the endpoint once they are as wanted, or at last."""
    deadline = time.monotonic() + SECONDS_TO_SETTLE
    while (totals := endpoint.totals()) != wanted and time.monotonic() < deadline:
        time.sleep(0.2)
    return totals


@pytest.mark.timeout(60 + 3 * KILLS)
def test_only_the_connections_of_a_killed_worker_break(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    (tmp_path / "output").mkdir()
    with receiver(tmp_path / "receiver") as endpoint:
        words = [
            *(word for word in GATE if not word.startswith("Billing")),
            *(f"Billing={endpoint.url}", f"Mounts:Output={tmp_path / 'output'}"),
            "Metering:IntervalSeconds=0.3",
        ]
        with running(words, workers=WORKERS) as server:
            with opening(server.port) as seen:
                kills = kills_of(server, random.Random(SEED))  # noqa: S311  # a test, not a secret
            answered = seen.statuses.total()
            totals = settled(endpoint, Counter(EntireDetect=answered, DataPoints=answered))
            server.stop(signal.SIGTERM)
        at_last = endpoint.totals()
    unexplained = [each for each in seen.broken if not any(kill.explains(each) for kill in kills)]
    record_property(
        "shown",
        f"{len(kills)} workers killed while connections were opened: {answered} answered,"
        f" {len(seen.broken)} broken {dict(Counter(each.error for each in seen.broken))},"
        f" of {sum(len(kill.held) for kill in kills)} that the killed workers had accepted",
    )
    assert unexplained == []
    assert set(seen.statuses) == {200}
    assert len(seen.broken) > KILLS / 4
    assert totals == at_last == Counter(EntireDetect=answered, DataPoints=answered)
    assert answered > 10 * KILLS


def test_a_failure_is_explained_only_by_a_worker_that_had_the_connection() -> None:
    broken = Broken(port=40000, began=1.0, ended=3.0, error="ConnectionResetError")
    assert Kill(2.0, frozenset({40000})).explains(broken)
    assert not Kill(2.0, frozenset({40001})).explains(broken)
    assert not Kill(0.5, frozenset({40000})).explains(broken)
    assert not Kill(3.5, frozenset({40000})).explains(broken)
