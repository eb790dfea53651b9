"""Dear work goes to the thread, of which a few wait and the rest are told to come back: 12 points over 17,279
minutes, filled linearly, are 565 bytes and take as long as 8,640 points."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient

from anomaly_container.detection.univariate import ChangePointResult, EntireResult, LastResult
from anomaly_container.services.univariate import cost, engine
from anomaly_container.services.univariate.contract.errors import ContractError
from anomaly_container.services.univariate.contract.limits import Limits
from anomaly_container.services.univariate.contract.request import parse
from anomaly_container.services.univariate.contract.versions import ApiVersion, Operation
from anomaly_container.services.univariate.engine import Engine
from anomaly_container.web import admission
from anomaly_container.web.admission import Admission
from anomaly_container.web.errors import OverloadedError
from anomaly_container.web.loop_budget import BUDGET_MILLISECONDS, LONE_CALL_MILLISECONDS
from tests.bench.shapes import Shape
from tests.support.payloads import ENTIRE_PATH, daily_body

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anomaly_container.services.univariate.contract.request import Request
    from anomaly_container.services.univariate.engine import Outcome

RESULTS = {
    Operation.ENTIRE: EntireResult,
    Operation.LAST: LastResult,
    Operation.CHANGE_POINT: ChangePointResult,
}


@pytest.mark.parametrize("operation", Operation)
def test_each_operation_has_its_result(operation: Operation) -> None:
    request = parse(daily_body(48), operation, ApiVersion.V1_1, Limits())
    result = engine.run(request)
    assert isinstance(result, RESULTS[operation])
    assert result.period == 7


def test_an_answer_is_json_with_the_headers_of_its_result() -> None:
    answer = engine.answer(daily_body(48), Operation.ENTIRE, ApiVersion.V1_1, Limits())
    assert len(json.loads(answer.body)["isAnomaly"]) == 48
    assert set(answer.headers) == {"model-id", "csp-billing-usage"}


def test_the_limits_are_kept() -> None:
    with pytest.raises(ContractError, match="more than 20 points"):
        engine.answer(daily_body(21), Operation.ENTIRE, ApiVersion.V1_1, Limits(max_points=20))


Client = TestClient[web.Request, web.Application]
SMALL = daily_body(24)
LARGE_POINTS = 3000
LARGE = daily_body(LARGE_POINTS)
MAX_WAITING = 2


class Gate:
    """Stands before every large detection until it is opened."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.reached = threading.Event()
        self.threads: set[str] = set()
        self._respond = engine.respond

    def respond(self, request: Request, parsed: float) -> Outcome:
        self.threads.add(threading.current_thread().name)
        if request.series.values.size == LARGE_POINTS:
            self.reached.set()
            assert self.opened.wait(timeout=30)
        return self._respond(request, parsed)


@pytest.fixture
def limits() -> dict[str, object]:
    return {"Limits": {"MaxWaiting": MAX_WAITING}}


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate = Gate()
    monkeypatch.setattr(engine, "respond", gate.respond)
    yield gate
    gate.opened.set()


def send_large(client: Client, count: int) -> list[asyncio.Task[ClientResponse]]:
    async def send() -> ClientResponse:
        return await client.post(ENTIRE_PATH, data=LARGE)

    return [asyncio.create_task(send()) for _ in range(count)]


async def test_probes_and_small_requests_are_answered_while_a_long_detection_runs(
    client: Client, gate: Gate
) -> None:
    [long] = send_large(client, 1)
    await asyncio.to_thread(gate.reached.wait, 30)
    async with asyncio.timeout(10):
        assert (await client.get("/ready")).status == 200
        assert (await client.get("/status")).status == 200
        assert (await client.post(ENTIRE_PATH, data=SMALL)).status == 200
    assert not long.done()
    gate.opened.set()
    assert (await long).status == 200


async def test_more_than_may_wait_are_told_to_come_back(client: Client, gate: Gate) -> None:
    admitted = send_large(client, 1 + MAX_WAITING)
    await asyncio.to_thread(gate.reached.wait, 30)
    refused = await send_large(client, 1)[0]
    assert refused.status == 429
    assert refused.headers["Retry-After"] == "1"
    assert refused.headers["x-ms-error-code"] == "429"
    assert (await refused.json())["error"]["code"] == "429"
    gate.opened.set()
    assert [(await task).status for task in admitted] == [200] * (1 + MAX_WAITING)
    # Those who left made room.
    assert [(await task).status for task in send_large(client, 1 + MAX_WAITING)] == [200] * (1 + MAX_WAITING)


async def test_a_refused_request_makes_room_again(client: Client) -> None:
    too_long = daily_body(8641)
    for _ in range(2 * (1 + MAX_WAITING)):
        response = await client.post(ENTIRE_PATH, data=too_long)
        assert response.status == 400
        assert response.headers["x-ms-error-code"] == "InvalidSeries"


async def test_all_large_requests_share_one_thread(client: Client, gate: Gate) -> None:
    gate.opened.set()
    for task in send_large(client, 1 + MAX_WAITING):
        assert (await task).status == 200
    assert len(gate.threads) == 1
    assert threading.current_thread().name not in gate.threads


async def test_a_small_request_is_answered_where_it_came_in(client: Client, gate: Gate) -> None:
    assert (await client.post(ENTIRE_PATH, data=SMALL)).status == 200
    assert gate.threads == {threading.current_thread().name}


LIMITS = Limits()


@contextmanager
def engine_with(max_waiting: int) -> Iterator[Engine]:
    """An engine in whose queue so many requests may wait."""
    with closing(Admission(max_waiting)) as places:
        yield Engine(LIMITS, places)


SPARSE = Shape(12, 17_279, impute="linear").body()
CHEAP, MODERATE, DEAR = (
    cost.answering_milliseconds(parse(body, Operation.ENTIRE, ApiVersion.V1_1, LIMITS))
    for body in (SMALL, daily_body(400), SPARSE)
)


def test_cost_is_told_from_points_on_the_grid_and_not_from_bytes() -> None:
    assert CHEAP <= admission.CHEAP_MILLISECONDS
    assert admission.CHEAP_MILLISECONDS < MODERATE < LONE_CALL_MILLISECONDS < DEAR
    assert len(SPARSE) < len(SMALL)


class Threads:
    """Notes which thread makes each answer, and lets it take as long as the test wants."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds: float = 0.0) -> None:
        self.names: list[str] = []
        self._seconds, self._respond = seconds, engine.respond
        monkeypatch.setattr(engine, "respond", self.respond)

    def respond(self, request: Request, parsed: float) -> Outcome:
        self.names.append(threading.current_thread().name)
        time.sleep(self._seconds)
        return self._respond(request, parsed)


async def ask(made: Engine, body: bytes) -> Outcome:
    return await made.answer(body, Operation.ENTIRE, ApiVersion.V1_1)


@pytest.mark.parametrize("body", [SMALL, daily_body(400), LARGE, SPARSE])
async def test_the_answer_is_the_same_wherever_the_work_runs(body: bytes) -> None:
    with engine_with(0) as made:
        assert await ask(made, body) == engine.answer(body, Operation.ENTIRE, ApiVersion.V1_1, LIMITS)


@pytest.mark.parametrize("size", [1, 50_000, 500_000])
async def test_a_refusal_comes_out_wherever_the_body_is_read(size: int) -> None:
    with engine_with(0) as made, pytest.raises(ContractError):
        await ask(made, b"{" * size)


async def test_a_dear_body_goes_to_the_thread_however_small_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = Threads(monkeypatch)
    with engine_with(0) as made:
        await ask(made, SPARSE)
        await ask(made, SMALL)
    assert [name == "MainThread" for name in threads.names] == [False, True]


async def test_moderate_work_is_done_on_the_loop_while_the_thread_rests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads = Threads(monkeypatch)
    with engine_with(0) as made:
        await ask(made, daily_body(400))
        assert threads.names == ["MainThread"]
        large = asyncio.create_task(ask(made, LARGE))
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError):
            await ask(made, daily_body(400))
        await ask(made, SMALL)
        await large
        await ask(made, daily_body(400))
    assert threads.names.count("MainThread") == 3
    assert len(threads.names) == 4


async def test_moderate_work_of_a_turn_that_has_no_more_time_goes_to_the_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads = Threads(monkeypatch, seconds=BUDGET_MILLISECONDS / 1000)
    with engine_with(9) as made:
        # All three are ready in the same turn; the first uses it up.
        await asyncio.gather(*(ask(made, daily_body(400)) for _ in range(3)))
        assert [name == "MainThread" for name in threads.names] == [True, False, False]
        for _ in range(100):  # what the first took too much is taken off as many turns
            await asyncio.sleep(0)
        await ask(made, daily_body(400))
    assert threads.names[-1] == "MainThread"


async def test_no_turn_of_the_loop_is_long_however_many_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = Threads(monkeypatch, seconds=0.0015)
    # All at once they take 0.1 s and more. A busy machine may stop the process in one turn, hardly in three.
    assert min([await longest_turn_of(60) for _ in range(3)]) < 0.06
    assert threads.names == ["MainThread"] * 180


async def longest_turn_of(requests: int) -> float:
    """The seconds of the longest turn of the loop while so many cheap requests are answered."""
    longest, done = 0.0, asyncio.Event()

    async def watch() -> None:
        nonlocal longest
        while not done.is_set():
            before = time.perf_counter()
            await asyncio.sleep(0)
            longest = max(longest, time.perf_counter() - before)

    with engine_with(0) as made:
        watching = asyncio.create_task(watch())
        await asyncio.gather(*(ask(made, SMALL) for _ in range(requests)))
        done.set()
        await watching
    return longest


async def test_nothing_may_wait_when_the_queue_has_no_places() -> None:
    with engine_with(0) as made:
        first = asyncio.create_task(ask(made, LARGE))
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError):
            await ask(made, SPARSE)
        await first
        await ask(made, SPARSE)
