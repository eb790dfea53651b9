"""All sinks side by side.

The smallest example: of two sinks one has taken up to 4 and the other up to 2, so 2 can be committed.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import orjson
import pytest

from anomaly_container.services.streams.delivery import Delivery
from anomaly_container.services.streams.outputs import Output, What
from anomaly_container.services.streams.sink_filter import SinkFilter
from anomaly_container.services.streams.sink_worker import SinkWorker
from anomaly_container.services.streams.sinks.sink import ALL_TAKEN, Receipt, SinkFailed, SinkRefused
from tests.support.sink_outputs import broken, notice, result, results
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence


class Gated:
    """A sink that takes one output whenever the test lets it, or all of them."""

    most = 1
    repeat_seconds: float | None = None

    def __init__(self, *, is_open: bool = True, refusal: Exception | None = None) -> None:
        self.taken: list[Output] = []
        self.held: list[Output] = []
        self.refusal = refusal
        self.room = asyncio.Semaphore(10_000 if is_open else 0)

    async def open(self) -> None:
        return

    async def send(self, outputs: Sequence[Output]) -> Receipt:
        await self.room.acquire()
        if self.refusal is not None:
            raise self.refusal
        self.taken += outputs
        return ALL_TAKEN

    async def close(self) -> None:
        return

    def let(self, count: int) -> None:
        for _ in range(count):
            self.room.release()

    @property
    def ids(self) -> list[str]:
        return [output.id for output in self.taken]


class Holding(Gated):
    """A sink that repeats alarms."""

    def hold(self, outputs: Sequence[Output]) -> None:
        self.held = list(outputs)


def worker(
    name: str, sink: Gated, *what: What, capacity: int = 100, retries: int | None = None
) -> SinkWorker:
    return SinkWorker(name, sink, SinkFilter(frozenset(what)), capacity=capacity, retries=retries)


@asynccontextmanager
async def running(delivery: Delivery) -> AsyncIterator[Delivery]:
    task = asyncio.create_task(delivery.run())
    try:
        yield delivery
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def delivery_of(*workers: SinkWorker, parking: Gated | None = None) -> Delivery:
    return Delivery(workers, worker("parking", parking or Gated(), What.PARKED))


async def test_what_every_sink_has_is_acknowledged() -> None:
    slow, fast = Gated(is_open=False), Gated()
    delivery = delivery_of(worker("slow", slow, What.RESULTS), worker("fast", fast, What.RESULTS))
    assert delivery.acknowledged("orders-0") is None
    async with running(delivery):
        await delivery.put(results(0, 4), {"orders-0": 4})
        await until(lambda: len(fast.taken) == 4)
        assert delivery.acknowledged("orders-0") == 0
        slow.let(2)
        await until(lambda: len(slow.taken) == 2)
        await until(lambda: delivery.acknowledged("orders-0") == 2)
        assert delivery.queued == {"slow": 2, "fast": 0, "parking": 0}
        slow.let(2)
        assert await delivery.drained(["orders-0"], 5)
        assert delivery.acknowledged("orders-0") == 4


async def test_partitions_are_acknowledged_apart() -> None:
    sink = Gated(is_open=False)
    async with running(delivery_of(worker("one", sink, What.RESULTS))) as delivery:
        await delivery.put([result(0), result(0, "orders-1"), result(1)], {"orders-0": 2, "orders-1": 1})
        sink.let(2)
        await until(lambda: delivery.acknowledged("orders-1") == 1)
        assert delivery.acknowledged("orders-0") == 1
        assert await delivery.drained(["orders-1"], 0)
        assert not await delivery.drained(["orders-0", "orders-1"], 0.01)


async def test_what_no_sink_takes_is_acknowledged_at_once() -> None:
    delivery = delivery_of(worker("one", Gated(), What.ANOMALIES))
    await delivery.put([result(0, anomalous=False)], {"orders-0": 1})
    await delivery.put([], {"orders-0": 9})
    assert delivery.acknowledged("orders-0") == 9


async def test_a_full_queue_holds_up_the_next_batch_and_no_sink_before_that() -> None:
    slow, fast = Gated(is_open=False), Gated()
    delivery = delivery_of(
        worker("slow", slow, What.RESULTS, capacity=3), worker("fast", fast, What.RESULTS, capacity=3)
    )
    async with running(delivery):
        await delivery.put(results(0, 5), {"orders-0": 5})
        await until(lambda: len(fast.taken) == 5)
        assert not delivery.has_room
        waiting = asyncio.create_task(delivery.put(results(5, 7), {"orders-0": 7}))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        slow.let(3)
        await asyncio.wait_for(waiting, 5)
        slow.let(4)
        assert await delivery.drained(["orders-0"], 5)
    assert slow.ids == fast.ids == [f"orders-0-{number}" for number in range(7)]


async def test_a_wait_for_room_that_is_cancelled_has_put_nothing() -> None:
    slow = Gated(is_open=False)
    async with running(delivery_of(worker("slow", slow, What.RESULTS, capacity=1))) as delivery:
        await delivery.put([result(0)], {"orders-0": 1})
        waiting = asyncio.create_task(delivery.put([result(1)], {"orders-0": 2}))
        await asyncio.sleep(0.01)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        slow.let(5)
        assert await delivery.drained(["orders-0"], 5)
        assert (slow.ids, delivery.acknowledged("orders-0")) == (["orders-0-0"], 1)


async def test_what_a_sink_does_not_take_is_parked_before_it_is_acknowledged() -> None:
    parking = Gated(is_open=False)
    refusing = worker("hook", Gated(refusal=SinkRefused("The host answered 404.")), What.RESULTS, retries=3)
    async with running(delivery_of(refusing, parking=parking)) as delivery:
        await delivery.put([result(7)], {"orders-0": 8})
        await until(lambda: delivery.queued == {"hook": 0, "parking": 1})
        assert delivery.acknowledged("orders-0") == 7
        parking.let(1)
        assert await delivery.drained(["orders-0"], 5)
    [parked] = parking.taken
    assert (parked.state, parked.detail, parked.record) == (
        "sink:hook",
        "The host answered 404.",
        result(7).line,
    )
    assert orjson.loads(parked.line)["id"] == "orders-0-7"
    assert delivery.acknowledged("orders-0") == 8


async def test_what_is_parked_late_counts_with_its_own_offset() -> None:
    parking = Gated(is_open=False)
    refusing = worker("hook", Gated(refusal=SinkRefused("no")), What.RESULTS, retries=3)
    async with running(delivery_of(refusing, parking=parking)) as delivery:
        # The broken record reaches the parking before the result that lies in front of it.
        await delivery.put([broken(8), result(7)], {"orders-0": 9})
        await until(lambda: delivery.queued["parking"] == 2)
        parking.let(1)
        await until(lambda: len(parking.taken) == 1)
        assert delivery.acknowledged("orders-0") == 7
        parking.let(1)
        assert await delivery.drained(["orders-0"], 5)


async def test_a_full_parking_holds_up_those_that_park() -> None:
    parking = Gated(is_open=False)
    full = worker("parking", parking, What.PARKED, capacity=1)
    refusing = worker("hook", Gated(refusal=SinkRefused("no")), What.RESULTS, retries=3)
    async with running(Delivery([refusing], full)) as delivery:
        await delivery.put(results(0, 3), {"orders-0": 3})
        await until(lambda: delivery.queued["parking"] == 1)
        await asyncio.sleep(0.02)
        assert delivery.queued == {"hook": 2, "parking": 1}
        parking.let(3)
        assert await delivery.drained(["orders-0"], 5)
    assert parking.ids == ["orders-0-0", "orders-0-1", "orders-0-2"]


async def test_a_partition_that_was_taken_away_is_not_waited_for() -> None:
    sink = Gated(is_open=False)
    async with running(delivery_of(worker("one", sink, What.RESULTS))) as delivery:
        await delivery.put([result(0), result(0, "orders-1")], {"orders-0": 1, "orders-1": 1})
        delivery.forget(["orders-0"])
        assert delivery.acknowledged("orders-0") is None
        assert await delivery.drained(["orders-0"], 0)
        sink.let(2)
        assert await delivery.drained(["orders-1"], 5)


async def test_progress_is_told_at_once_and_silence_after_its_time() -> None:
    sink = Gated(is_open=False)
    async with running(delivery_of(worker("one", sink, What.RESULTS))) as delivery:
        await delivery.put([result(0)], {"orders-0": 1})
        await delivery.progress(0.01)
        assert delivery.acknowledged("orders-0") == 0
        waiting = asyncio.create_task(delivery.progress(60))
        await asyncio.sleep(0)
        sink.let(1)
        await asyncio.wait_for(waiting, 5)
        assert delivery.acknowledged("orders-0") == 1


async def test_alarms_that_last_are_held_by_those_that_repeat_and_take_them() -> None:
    repeating, not_asked, other = Holding(), Holding(), Gated()
    delivery = delivery_of(
        worker("repeating", repeating, What.ALARMS),
        worker("not-asked", not_asked, What.RESULTS),
        worker("other", other, What.ALARMS),
    )
    one = notice(1)
    delivery.hold([one])
    assert (repeating.held, not_asked.held, other.held) == ([one], [], [])
    delivery.hold([])
    assert repeating.held == []


async def test_a_failing_sink_is_named_until_it_works() -> None:
    sink = Gated(refusal=SinkFailed("The disk is full."))
    async with running(delivery_of(worker("file", sink, What.RESULTS))) as delivery:
        await delivery.put([result(0)], {"orders-0": 1})
        await until(lambda: delivery.failing == {"file": "The disk is full."})
        sink.refusal = None
        assert await delivery.drained(["orders-0"], 5)
        assert delivery.failing == {}


@pytest.mark.parametrize("bad", [ZeroDivisionError(), SinkFailed("away")])
async def test_a_sink_that_fails_in_any_way_does_not_stop_the_others(bad: Exception) -> None:
    fine = Gated()
    workers = worker("bad", Gated(refusal=bad), What.RESULTS), worker("fine", fine, What.RESULTS)
    async with running(delivery_of(*workers)) as delivery:
        for number in range(5):
            await delivery.put([result(number)], {"orders-0": number + 1})
        await until(lambda: len(fine.taken) == 5)
        assert delivery.acknowledged("orders-0") == 0
