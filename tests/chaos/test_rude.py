"""Every rude client is as rude as its name says, and what it is told is entered as such."""

from __future__ import annotations

import asyncio
import os
import random
import time
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

import pytest

from anomaly_container.metering.directory import _claims as claims
from anomaly_container.metering.directory import prepare
from anomaly_container.metering.policy import ApiStatus, PolicyByte, Standing
from anomaly_container.settings.load import load
from tests.chaos import rude as rude_module
from tests.chaos.books import Books
from tests.chaos.line import connect
from tests.chaos.rude import Rude
from tests.support.counts import counts_of
from tests.support.wire import served
from tests.system.server import GATE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PATIENCE = {"Limits": {"HeadSeconds": 0.3, "BodySeconds": 0.3, "LingerSeconds": 5.0}}


@asynccontextmanager
async def rude_clients(directory: Path) -> AsyncIterator[Rude]:
    """Rude clients of a server that runs in this process and counts in this directory."""
    settings = load((*GATE, f"Metering:Directory={directory}"), {}, PATIENCE)
    metering = prepare(settings)
    try:
        with closing(PolicyByte(metering)) as policy:
            policy.write(Standing(ApiStatus.VALID), 600)
            async with served(settings, metering) as port:
                yield Rude(port, Books(), random.Random(1))  # noqa: S311  # when it leaves, not a secret
    finally:
        os.close(claims.pop(metering))


async def send(clients: Rude, kind: str) -> Books:
    """Let one client come, and return the books, in which it must be."""
    clients.books.sent += 1
    line = await connect(clients.port)
    await getattr(clients, kind)(line)
    await line.reset()
    assert clients.books.unaccounted == 0
    return clients.books


def counted(directory: Path) -> int:
    """How many calls the server has counted."""
    return sum(sum(calls) for *calls, _ in counts_of(directory).values())


@pytest.mark.parametrize(
    ("kind", "refused"),
    [
        ("slow_head", "408 408"),
        ("slow_body", "408 408"),
        ("oversized", "413 413"),
        ("oversized_without_length", "413 413"),
        ("deflated", "413 413"),
        ("no_http", "400 400"),
    ],
)
async def test_what_is_refused_is_refused_for_this(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, refused: str
) -> None:
    monkeypatch.setattr(rude_module, "SECONDS_BETWEEN_OCTETS", 0.05)
    async with rude_clients(tmp_path) as clients:
        books = await send(clients, kind)
    assert books.refused == {refused: 1}
    assert not books.undocumented
    assert counted(tmp_path) == 0


async def test_nonsense_gets_the_answer_of_the_contract(tmp_path: Path) -> None:
    async with rude_clients(tmp_path) as clients:
        books = await send(clients, "malformed")
    assert (books.refused.total(), books.wrong) == (1, [])


async def test_a_slow_reader_gets_the_right_answer(tmp_path: Path) -> None:
    began = time.monotonic()
    async with rude_clients(tmp_path) as clients:
        books = await send(clients, "slow_reader")
    assert time.monotonic() - began > 1
    assert (books.answers, books.wrong, books.answered["EntireDetect"]) == (1, [], 1)
    assert counted(tmp_path) == 1


async def test_who_leaves_within_a_body_is_not_counted(tmp_path: Path) -> None:
    async with rude_clients(tmp_path) as clients:
        for _ in range(3):
            books = await send(clients, "leave_within_body")
        await asyncio.sleep(0.1)
    assert (books.left, books.left_open) == ({"within the body": 3}, {})
    assert counted(tmp_path) == 0


async def test_who_leaves_within_the_answer_may_be_counted(tmp_path: Path) -> None:
    async with rude_clients(tmp_path) as clients:
        for _ in range(3):
            books = await send(clients, "leave_within_answer")
    assert books.left == {"within the answer": 3}
    assert books.left_open["ChangePointDetect"] == 3
    assert counted(tmp_path) <= 3


async def test_all_kinds_come_side_by_side_and_are_all_in_the_books(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rude_module, "PAUSES", (0.0, 0.1))
    monkeypatch.setattr(rude_module, "SECONDS_BETWEEN_OCTETS", 0.05)
    async with rude_clients(tmp_path) as clients:
        await clients.trouble(time.monotonic() + 2)
    books = clients.books
    assert (books.unaccounted, books.late, books.wrong) == (0, 0, [])
    assert books.cut_off == []
    assert not books.undocumented
    assert books.left.keys() == {"within the body", "within the answer"}
    assert books.refused.keys() >= {"400 400", "408 408", "413 413", "400 InvalidJsonFormat"}
    assert 0 < books.answered["EntireDetect"] <= counted(tmp_path)


async def test_nobody_to_connect_to_is_a_connection_that_was_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rude_module, "PAUSES", (0.05, 0.1))
    async with rude_clients(tmp_path) as clients:
        pass
    await clients.trouble(time.monotonic() + 0.3)
    assert clients.books.sent == len(clients.books.cut_off) > 0
    assert clients.books.unaccounted == 0
