"""Four calls of 2 ms fit into a budget of 8 ms; the fifth waits for the next iteration."""

from __future__ import annotations

import asyncio

import pytest

from anomaly_container.web import loop_budget
from anomaly_container.web.loop_budget import BUDGET_MILLISECONDS, LONE_CALL_MILLISECONDS, LoopBudget


class Clock:
    """A clock that only work advances."""

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
    monkeypatch.setattr(loop_budget, "perf_counter", clock)
    return clock


async def test_a_call_is_allowed_by_the_time_that_is_left(clock: Clock) -> None:
    budget = LoopBudget()
    assert budget.allows(LONE_CALL_MILLISECONDS)
    assert not budget.allows(LONE_CALL_MILLISECONDS + 0.1)
    budget.call(clock.spend, 0.4)
    assert not budget.allows(BUDGET_MILLISECONDS)
    assert budget.allows(BUDGET_MILLISECONDS - 0.5)
    await asyncio.sleep(0)
    assert budget.allows(LONE_CALL_MILLISECONDS)


async def test_an_overrun_reduces_the_next_budgets(clock: Clock) -> None:
    budget = LoopBudget()
    budget.call(clock.spend, 2.5 * BUDGET_MILLISECONDS)
    for _ in range(2):
        await asyncio.sleep(0)
        assert not budget.allows(BUDGET_MILLISECONDS)
    await asyncio.sleep(0)
    assert budget.allows(BUDGET_MILLISECONDS)


async def test_waiting_calls_resume_in_order_as_the_budget_allows(clock: Clock) -> None:
    budget, order = LoopBudget(), list[int]()

    async def wait(number: int) -> None:
        await budget.wait_for(BUDGET_MILLISECONDS / 4)
        order.append(number)
        budget.call(clock.spend, BUDGET_MILLISECONDS / 4)

    waiting = [asyncio.create_task(wait(number)) for number in range(20)]
    seen = []
    while not all(task.done() for task in waiting):
        await asyncio.sleep(0)
        seen.append(len(order))
    assert order == list(range(20))
    most = max(after - before for before, after in zip([0, *seen], seen, strict=False))
    assert most == 4


async def test_a_new_call_does_not_overtake_a_waiting_one() -> None:
    budget = LoopBudget()
    waiting = asyncio.create_task(budget.wait_for(1.0))
    await asyncio.sleep(0)
    assert not budget.allows(0.1)
    await waiting
    await asyncio.sleep(0)
    assert budget.allows(0.1)


async def test_a_cancelled_call_uses_no_budget() -> None:
    budget = LoopBudget()
    gone, waiting = (asyncio.create_task(budget.wait_for(BUDGET_MILLISECONDS)) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    async with asyncio.timeout(5):
        await waiting
    assert gone.cancelled()
