"""The mixed load is sent when it is due, and the time that it waits for anything counts."""

from __future__ import annotations

import asyncio
import random
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from anomaly_container.services.univariate.contract.versions import Operation
from tests.chaos import line, load
from tests.chaos.books import Books
from tests.chaos.load import Clients
from tests.chaos.questions import Question

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import AsyncIterator

ANSWER = b"answer"
ASKED = Question(Operation.ENTIRE, 24, b"POST / HTTP/1.1\r\n\r\n", 200, ANSWER)
OFTEN = Question(Operation.LAST, 24, ASKED.request, 200, ANSWER, weight=3.0)


@dataclass
class Server:
    """Answers after a pause, or ends a connection after some answers."""

    pause: float = 0.0
    answers_of_a_connection: float = float("inf")
    header: bytes = b"X: x"
    connections: int = 0
    requests: int = 0
    port: int = field(init=False)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        answered = 0
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                self.requests += 1
                if answered >= self.answers_of_a_connection:
                    break
                await asyncio.sleep(self.pause)
                writer.write(b"HTTP/1.1 200 OK\r\n%b\r\nContent-Length: 6\r\n\r\n%b" % (self.header, ANSWER))
                answered += 1
        except (asyncio.IncompleteReadError, ConnectionResetError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving(server: Server) -> AsyncIterator[Clients]:
    async with await asyncio.start_server(server, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        yield Clients(port, [ASKED], Books(), random.Random(1))  # noqa: S311  # which is asked, not a secret


async def test_the_capacity_is_what_was_answered_in_a_second() -> None:
    server = Server(pause=0.1)
    async with serving(server) as clients:
        per_second = await clients.saturate(0.5)
    books = clients.books
    assert books.answers == server.requests == books.sent
    assert books.unaccounted == 0
    assert 0.2 * load.CONNECTIONS / 0.1 < per_second <= load.CONNECTIONS / 0.1


async def test_each_is_sent_when_it_is_due() -> None:
    async with serving(Server()) as clients:
        await clients.keep_pace(per_second=50, seconds=0.4)
    assert clients.books.answers == 20
    gaps = [later - earlier for earlier, later in zip(clients.due, clients.due[1:], strict=False)]
    assert gaps == pytest.approx([0.02] * 19)
    assert 0 < min(clients.waited) <= max(clients.waited) < 5


async def test_waiting_for_a_free_connection_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "CONNECTIONS", 1)
    async with serving(Server(pause=0.05)) as clients:
        await clients.keep_pace(per_second=1000, seconds=0.01)
    assert len(clients.waited) == 10
    assert max(clients.waited) >= 10 * 0.05 - 0.01


async def test_too_long_a_queue_is_not_sent_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "CONNECTIONS", 1)
    monkeypatch.setattr(load, "LONGEST_QUEUE_SECONDS", 0.005)
    async with serving(Server(pause=0.05)) as clients:
        await clients.keep_pace(per_second=1000, seconds=0.02)
    assert clients.unsent > 0
    assert clients.books.answers + clients.unsent == 20
    assert clients.books.unaccounted == 0


async def test_connections_are_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "CONNECTIONS", 1)
    monkeypatch.setattr(load, "REQUESTS_OF_A_LINE", (5, 5))
    server = Server()
    async with serving(server) as clients:
        await clients.keep_pace(per_second=1000, seconds=0.02)
    assert (server.requests, server.connections) == (20, 4)


async def test_a_connection_that_the_server_closes_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "CONNECTIONS", 1)
    server = Server(answers_of_a_connection=1, header=b"Connection: close")
    async with serving(server) as clients:
        await clients.keep_pace(per_second=1000, seconds=0.01)
    assert (clients.books.answers, server.connections) == (10, 10)
    assert not clients.books.cut_off


async def test_what_is_cut_off_is_entered_and_asked_no_more() -> None:
    server = Server(answers_of_a_connection=1)
    async with serving(server) as clients:
        await clients.keep_pace(per_second=1000, seconds=0.2)
    books = clients.books
    assert len(books.cut_off) > 0
    assert books.answers + len(books.cut_off) == books.sent == 200
    assert len(clients.waited) == books.answers


async def test_what_is_late_may_have_been_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "SECONDS_TO_ANSWER", 0.05)
    async with serving(Server(pause=0.3)) as clients:
        await clients.keep_pace(per_second=100, seconds=0.02)
    assert clients.books.late == 2
    assert clients.books.left_open == ASKED.usage + ASKED.usage
    assert clients.waited == []


async def test_what_weighs_more_is_asked_more_often() -> None:
    async with serving(Server()) as clients:
        clients.questions = [ASKED, OFTEN]
        await clients.keep_pace(per_second=2000, seconds=0.2)
    usage: Counter[str] = clients.books.answered
    assert usage["EntireDetect"] + usage["LastDetect"] == 400
    assert 240 < usage["LastDetect"] < 360
