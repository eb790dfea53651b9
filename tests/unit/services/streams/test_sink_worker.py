"""One sink at work.

The smallest example: a sink that fails once gets the same output again after half a second at most.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from anomaly_container.observability.metrics import REGISTRY
from anomaly_container.services.streams.outputs import Output, What
from anomaly_container.services.streams.sink_filter import SinkFilter
from anomaly_container.services.streams.sink_worker import SinkWorker
from anomaly_container.services.streams.sinks.sink import ALL_TAKEN, Receipt, SinkFailed, SinkRefused
from tests.support.sink_outputs import result, results
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Sequence

Answer = Receipt | Exception
ANYTHING = SinkFilter(frozenset({What.RESULTS}))


class Scripted:
    """A sink that answers what the test wrote down, and then takes all."""

    repeat_seconds: float | None = None

    def __init__(self, *answers: Answer, most: int = 10) -> None:
        self.answers = list(answers)
        self.most = most
        self.calls: list[list[str]] = []
        self.opened = self.closed = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def open(self) -> None:
        self.opened += 1

    async def send(self, outputs: Sequence[Output]) -> Receipt:
        self.calls.append([output.id for output in outputs])
        await self.gate.wait()
        answer = self.answers.pop(0) if self.answers else ALL_TAKEN
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def close(self) -> None:
        self.closed += 1


class Bench:
    """A worker with a sink, a parking, and time that passes only by sleeping."""

    def __init__(self, sink: Scripted, *, retries: int | None = None, capacity: int = 100) -> None:
        self.sink = sink
        self.now = 1000.0
        self.slept: list[float] = []
        self.parked: list[tuple[str, str, str]] = []
        self.worker = SinkWorker(
            "hook",
            sink,
            ANYTHING,
            capacity=capacity,
            retries=retries,
            sleep=self.sleep,
            clock=lambda: self.now,
        )

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    async def park(self, outputs: Collection[Output], sink: str, detail: str) -> None:
        self.parked += [(output.id, sink, detail) for output in outputs]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.worker.run(self.park, lambda: None))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def idle(self) -> None:
        await until(lambda: self.worker.queued == 0)


def counted(outcome: str) -> float:
    return (
        REGISTRY.get_sample_value("anomaly_streams_sink_total", {"sink": "hook", "outcome": outcome}) or 0.0
    )


async def test_outputs_are_sent_in_order_and_acknowledged() -> None:
    bench = Bench(Scripted(most=3))
    before = counted("sent")
    bench.worker.put(results(0, 4))
    assert bench.worker.lowest("orders-0") == 0
    async with bench.running():
        await bench.idle()
        assert bench.worker.lowest("orders-0") is None
    assert bench.sink.calls == [[f"orders-0-{number}" for number in range(3)], ["orders-0-3"]]
    assert counted("sent") - before == 4
    assert (bench.sink.opened, bench.sink.closed) == (1, 1)


async def test_pauses_double_to_a_minute_less_up_to_a_half() -> None:
    bench = Bench(Scripted(*[SinkFailed("away")] * 10))
    bench.worker.put([result(0)])
    async with bench.running():
        await bench.idle()
    doubled = [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert len(bench.slept) == 10
    assert all(whole / 2 <= pause <= whole for pause, whole in zip(bench.slept, doubled, strict=True))
    assert len(set(bench.slept[-3:])) == 3, "without chance many members would come back at once"
    assert bench.parked == []


@pytest.mark.parametrize(("wish", "slept"), [(7.0, 7.0), (0.0, None), (1e9, 600.0)])
async def test_retry_after_is_honoured_within_bounds(wish: float, slept: float | None) -> None:
    bench = Bench(Scripted(SinkFailed("busy", wish)))
    bench.worker.put([result(0)])
    async with bench.running():
        await bench.idle()
    [pause] = bench.slept
    assert pause == slept if slept is not None else 0.25 <= pause <= 0.5


async def test_one_that_blocks_is_tried_for_ever_even_when_it_refuses() -> None:
    bench = Bench(Scripted(*[SinkRefused("no")] * 30))
    bench.worker.put(results(0, 2))
    async with bench.running():
        await bench.idle()
    assert (len(bench.sink.calls), bench.parked) == (31, [])


async def test_one_that_parks_is_given_up_after_its_retries() -> None:
    bench = Bench(Scripted(*[SinkFailed("away")] * 3, most=1), retries=2)
    bench.worker.put(results(0, 3))
    async with bench.running():
        await bench.idle()
        assert len(bench.sink.calls) == 3
        # The first was tried three times; what came behind it was not tried within the minute.
        assert bench.parked == [(f"orders-0-{number}", "hook", "away") for number in range(3)]
        assert bench.worker.failing == "away"
        assert bench.worker.lowest("orders-0") is None
        bench.now += 60
        bench.worker.put([result(3)])
        await bench.idle()
    assert bench.sink.calls[3:] == [["orders-0-3"]]
    assert len(bench.parked) == 3
    assert bench.worker.failing is None


async def test_what_is_refused_is_parked_at_once() -> None:
    before = counted("parked"), counted("failed")
    bench = Bench(Scripted(SinkRefused("no"), most=1), retries=8)
    bench.worker.put(results(0, 2))
    async with bench.running():
        await bench.idle()
    assert bench.parked == [("orders-0-0", "hook", "no")]
    assert (bench.sink.calls, bench.slept) == ([["orders-0-0"], ["orders-0-1"]], [])
    assert (counted("parked") - before[0], counted("failed") - before[1]) == (1, 1)


async def test_only_what_was_not_taken_is_sent_again() -> None:
    outputs = results(0, 4)
    bench = Bench(Scripted(Receipt((outputs[1],), (outputs[2],), "some")), retries=8)
    bench.worker.put(outputs)
    async with bench.running():
        await bench.idle()
    assert bench.sink.calls == [[output.id for output in outputs], ["orders-0-1"]]
    assert bench.parked == [("orders-0-2", "hook", "some")]


async def test_what_is_forgotten_is_neither_sent_nor_counted() -> None:
    bench = Bench(Scripted(SinkFailed("away"), most=2))
    bench.sink.gate.clear()
    bench.worker.put([result(0), result(0, "orders-1"), result(1), result(1, "orders-1")])
    async with bench.running():
        await until(lambda: bool(bench.sink.calls))
        bench.worker.forget(["orders-0"])
        # The same partition comes back while the old request is still under way.
        bench.worker.put([result(5)])
        bench.sink.gate.set()
        await bench.idle()
    assert bench.sink.calls == [
        ["orders-0-0", "orders-1-0"],
        ["orders-1-0"],
        ["orders-1-1", "orders-0-5"],
    ]


async def test_an_old_acknowledgement_does_not_count_for_a_partition_that_came_back() -> None:
    bench = Bench(Scripted())
    bench.sink.gate.clear()
    bench.worker.put([result(0)])
    async with bench.running():
        await until(lambda: bool(bench.sink.calls))
        bench.worker.forget(["orders-0"])
        bench.worker.put([result(0)])
        assert bench.worker.lowest("orders-0") == 0
        bench.sink.gate.set()
        await bench.idle()
    assert bench.sink.calls == [["orders-0-0"]] * 2


async def test_a_fault_in_the_sink_is_a_failure_and_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(Scripted(ZeroDivisionError()))
    bench.worker.put([result(0)])
    async with bench.running():
        await bench.idle()
    assert len(bench.sink.calls) == 2
    assert "The sink hook has a fault." in caplog.text


async def test_failing_and_working_again_are_one_line_each(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    bench = Bench(Scripted(*[SinkFailed("It is away.")] * 5))
    bench.worker.put([result(0)])
    async with bench.running():
        await bench.idle()
    assert [record.getMessage() for record in caplog.records] == [
        "The sink hook does not take what is sent: It is away.",
        "The sink hook works again.",
    ]


async def test_what_was_in_flight_at_the_end_is_sent_by_the_next_run() -> None:
    bench = Bench(Scripted(most=2))
    bench.sink.gate.clear()
    bench.worker.put(results(0, 3))
    async with bench.running():
        await until(lambda: bool(bench.sink.calls))
    bench.sink.gate.set()
    async with bench.running():
        await bench.idle()
    assert bench.sink.calls[1:] == [["orders-0-0", "orders-0-1"], ["orders-0-2"]]
    assert (bench.sink.opened, bench.sink.closed) == (2, 2)


async def test_a_sink_that_repeats_is_called_with_nothing() -> None:
    sink = Scripted()
    sink.repeat_seconds = 0.02
    async with Bench(sink).running():
        await until(lambda: len(sink.calls) >= 3)
    assert set(map(tuple, sink.calls)) == {()}


async def test_a_sink_is_opened_at_the_start_and_only_then_sent_to() -> None:
    sink = Scripted()
    failures = [SinkFailed("not yet"), SinkFailed("not yet")]

    async def fail_first() -> None:
        sink.opened += 1
        if failures:
            raise failures.pop()

    sink.open = fail_first  # type: ignore[method-assign]  # it fails as often as the test says
    bench = Bench(sink)
    async with bench.running():
        await until(lambda: sink.opened == 3 and bench.worker.failing is None)
        assert (sink.calls, len(bench.slept)) == ([], 2)


async def test_a_batch_passes_the_bound_of_the_queue_and_the_next_has_no_room() -> None:
    worker = Bench(Scripted(), capacity=2).worker
    worker.put(results(0, 1))
    assert worker.has_room
    worker.put(results(1, 9))
    assert (worker.queued, worker.has_room) == (9, False)


async def test_only_what_the_filter_takes_is_queued() -> None:
    bench = Bench(Scripted())
    only = SinkFilter(frozenset({What.ANOMALIES}))
    worker = SinkWorker("hook", bench.sink, only, capacity=9, retries=None)
    worker.put([result(0, anomalous=False), result(1)])
    assert (worker.queued, worker.lowest("orders-0")) == (1, 1)
