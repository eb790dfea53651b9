"""Groups of attempts.

The smallest example: of three attempts that are ready the first is committed alone or with the others, and
each learns what became of it.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, cast

import pytest

from anomaly_container.outbound.errors import Unavailable
from anomaly_container.services.batches import group as groups
from anomaly_container.services.batches.attempt import FAILED, PROCESSED, Attempt, Outcome
from anomaly_container.services.batches.group import MOST, Groups
from anomaly_container.services.batches.ledger import Entry
from anomaly_container.services.batches.waiting import Item

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from anomaly_container.services.batches.commit import Commits
    from anomaly_container.services.batches.committer import Committer
    from anomaly_container.services.batches.history import History


class Committed:
    """Stands for the committer: it keeps what it was given."""

    def __init__(self) -> None:
        self.calls: list[tuple[list[str], list[str]]] = []
        self.error: BaseException | None = None
        self.goes_on = asyncio.Event()
        self.goes_on.set()

    async def commit(self, group: Sequence[Attempt], marks: Sequence[Entry]) -> list[Outcome]:
        self.calls.append(([one.item.key for one in group], [one.key for one in marks]))
        await self.goes_on.wait()
        if self.error is not None:
            error, self.error = self.error, None
            raise error
        bad = ValueError("x")
        return [Outcome(FAILED, error=bad) if one.item.key == "bad" else Outcome(PROCESSED) for one in group]


class NoState:
    last = None


def attempt(key: str) -> Attempt:
    return Attempt(item=Item(key=key), began=0.0, open=list)


@pytest.fixture
def committed() -> Committed:
    return Committed()


@pytest.fixture
async def running(committed: Committed, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Groups]:
    monkeypatch.setattr(groups, "SECONDS_TO_MARK", 0.02)
    found = Groups(
        cast("Commits", NoState()), cast("History", None), cast("Committer", committed), asyncio.Event()
    )
    task = asyncio.create_task(found.run())
    yield found
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_each_attempt_learns_what_became_of_it(running: Groups, committed: Committed) -> None:
    results = await asyncio.gather(
        *(running.commit(attempt(key)) for key in ("a", "bad", "b")), return_exceptions=True
    )
    assert [type(one) for one in results] == [Outcome, ValueError, Outcome]
    assert sorted(key for group, _ in committed.calls for key in group) == ["a", "b", "bad"]


async def test_what_comes_meanwhile_is_the_next_group(running: Groups, committed: Committed) -> None:
    committed.goes_on.clear()
    tasks = [asyncio.create_task(running.commit(attempt("0")))]
    await asyncio.sleep(0.01)
    tasks += [asyncio.create_task(running.commit(attempt(f"{number}"))) for number in range(1, MOST + 3)]
    await asyncio.sleep(0.01)
    committed.goes_on.set()
    await asyncio.gather(*tasks)
    assert [len(group) for group, _ in committed.calls[:2]] == [1, MOST]
    assert sum(len(group) for group, _ in committed.calls) == MOST + 3


async def test_marks_go_with_the_next_group_or_alone(running: Groups, committed: Committed) -> None:
    await asyncio.wait_for(running.mark_published(Entry(key="x", etag="e")), 1.0)
    assert committed.calls == [([], ["x"])]
    await asyncio.gather(running.mark_published(Entry(key="y", etag="e")), running.commit(attempt("a")))
    assert committed.calls[1:] == [(["a"], ["y"])]


async def test_an_outage_is_for_all_of_the_group(running: Groups, committed: Committed) -> None:
    committed.error = Unavailable(message="away")
    results = await asyncio.gather(
        running.commit(attempt("a")), running.mark_published(Entry(key="x", etag="e")), return_exceptions=True
    )
    assert [type(one) for one in results] == [Unavailable, Unavailable]
    assert (await running.commit(attempt("a"))).result == PROCESSED


async def test_one_who_has_left_is_not_waited_for(running: Groups, committed: Committed) -> None:
    committed.goes_on.clear()
    left = asyncio.create_task(running.commit(attempt("a")))
    await asyncio.sleep(0.01)
    left.cancel()
    committed.goes_on.set()
    assert (await running.commit(attempt("b"))).result == PROCESSED
    with pytest.raises(asyncio.CancelledError):
        await left


async def test_the_end_is_that_of_all_who_wait(committed: Committed) -> None:
    found = Groups(
        cast("Commits", NoState()), cast("History", None), cast("Committer", committed), asyncio.Event()
    )
    task = asyncio.create_task(found.run())
    committed.goes_on.clear()
    waits = asyncio.create_task(found.commit(attempt("a")))
    await asyncio.sleep(0.01)
    task.cancel()
    for ended in (task, waits):
        with pytest.raises(asyncio.CancelledError):
            await ended
    assert not [one for one in asyncio.all_tasks() if one is not asyncio.current_task()]


async def test_before_the_first_state_nothing_is_known(running: Groups) -> None:
    assert not await running.knows(Item(key="a", etag="e"))
