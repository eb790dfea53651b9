"""Four pieces of 2 ms fit into a turn of 8; the fifth waits for the next one."""

from __future__ import annotations

import asyncio

import pytest

from anomaly_container.web import turn as turn_module
from anomaly_container.web.turn import LONE_MILLISECONDS, TURN_MILLISECONDS, Turn


class Clock:
    """The time as a test has it: only work takes any."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def spend(self, milliseconds: float) -> None:
        """Work for so long."""
        self.now += milliseconds / 1000


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(turn_module, "perf_counter", clock)
    return clock


async def test_what_fits_is_told_by_what_was_spent_and_what_comes(clock: Clock) -> None:
    turn = Turn()
    assert turn.has_time(LONE_MILLISECONDS)
    assert not turn.has_time(LONE_MILLISECONDS + 0.1)
    turn.call(clock.spend, 0.4)
    assert not turn.has_time(TURN_MILLISECONDS)
    assert turn.has_time(TURN_MILLISECONDS - 0.5)
    await asyncio.sleep(0)
    assert turn.has_time(LONE_MILLISECONDS)


async def test_what_a_turn_did_too_much_is_taken_off_the_next_ones(clock: Clock) -> None:
    turn = Turn()
    turn.call(clock.spend, 2.5 * TURN_MILLISECONDS)
    for _ in range(2):
        await asyncio.sleep(0)
        assert not turn.has_time(TURN_MILLISECONDS)
    await asyncio.sleep(0)
    assert turn.has_time(TURN_MILLISECONDS)


async def test_those_who_wait_go_on_in_order_as_many_a_turn_as_fit(clock: Clock) -> None:
    turn, order, turns = Turn(), list[int](), 0

    async def wait(number: int) -> None:
        await turn.comes(TURN_MILLISECONDS / 4)
        order.append(number)
        turn.call(clock.spend, TURN_MILLISECONDS / 4)

    waiting = [asyncio.create_task(wait(number)) for number in range(20)]
    seen = []
    while not all(task.done() for task in waiting):
        await asyncio.sleep(0)
        turns += 1
        seen.append(len(order))
    assert order == list(range(20))
    most = max(after - before for before, after in zip([0, *seen], seen, strict=False))
    assert most == 4


async def test_nobody_overtakes_one_who_waits() -> None:
    turn = Turn()
    waiting = asyncio.create_task(turn.comes(1.0))
    await asyncio.sleep(0)
    assert not turn.has_time(0.1)
    await waiting
    await asyncio.sleep(0)
    assert turn.has_time(0.1)


async def test_one_who_waits_no_more_takes_no_time() -> None:
    turn = Turn()
    gone, waiting = (asyncio.create_task(turn.comes(TURN_MILLISECONDS)) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    async with asyncio.timeout(5):
        await waiting
    assert gone.cancelled()
