from __future__ import annotations

import asyncio
import json
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from anomaly_container import engine
from anomaly_container.contract.errors import ContractError
from anomaly_container.contract.limits import Limits
from anomaly_container.contract.request import parse
from anomaly_container.contract.versions import ApiVersion, Operation
from anomaly_container.detection import ChangePointResult, EntireResult, LastResult, kernels_compiled
from anomaly_container.engine import Engine, OverloadedError
from tests.payloads import daily_body

if TYPE_CHECKING:
    from anomaly_container.engine import Answer

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


@pytest.mark.parametrize("points", [24, 400, 1500])
async def test_the_engine_answers_alike_wherever_the_work_runs(points: int) -> None:
    body = daily_body(points)
    with closing(Engine(Limits(), max_waiting=0)) as made:
        served = await made.answer(body, Operation.ENTIRE, ApiVersion.V1_1)
    assert served == engine.answer(body, Operation.ENTIRE, ApiVersion.V1_1, Limits())


@pytest.mark.parametrize("body", [b"{", b"{" * (engine.INLINE_BYTES + 1), b"{" * (engine.MODERATE_BYTES + 1)])
async def test_a_refusal_comes_out_of_the_engine_wherever_the_work_runs(body: bytes) -> None:
    with closing(Engine(Limits(), max_waiting=0)) as made, pytest.raises(ContractError):
        await made.answer(body, Operation.ENTIRE, ApiVersion.V1_1)


moderate = pytest.mark.skipif(
    not kernels_compiled(), reason="without kernels in C a body of moderate size is a large one"
)


class Threads:
    """Makes the engine's answers, and notes by which thread; each takes as long as asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
        self.names: list[str] = []
        self._seconds, self._answer = seconds, engine.answer
        monkeypatch.setattr(engine, "answer", self.answer)

    def answer(self, body: bytes, operation: Operation, version: ApiVersion, limits: Limits) -> Answer:
        self.names.append(threading.current_thread().name)
        time.sleep(self._seconds)
        return self._answer(body, operation, version, limits)


async def ask(made: Engine, points: int) -> None:
    await made.answer(daily_body(points), Operation.ENTIRE, ApiVersion.V1_1)


@moderate
async def test_a_body_of_moderate_size_is_answered_on_the_loop_while_the_thread_rests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads = Threads(monkeypatch, seconds=0.0)
    with closing(Engine(Limits(), max_waiting=0)) as made:
        await ask(made, 400)
        assert threads.names == ["MainThread"]
        large = asyncio.create_task(ask(made, 1500))
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError):
            await ask(made, 400)
        await ask(made, 24)
        await large
        await ask(made, 400)
    assert threads.names.count("MainThread") == 3
    assert len(threads.names) == 4


@moderate
async def test_one_turn_of_the_loop_answers_only_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = Threads(monkeypatch, seconds=engine.TURN_SECONDS)
    with closing(Engine(Limits(), max_waiting=9)) as made:
        # All three are ready in the same turn; the first uses it up.
        await asyncio.gather(*(ask(made, 400) for _ in range(3)))
        assert [name == "MainThread" for name in threads.names] == [True, False, False]
        await ask(made, 400)
    assert threads.names[-1] == "MainThread"


async def test_a_refusal_takes_time_of_the_turn_too(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = Threads(monkeypatch, seconds=engine.TURN_SECONDS)
    with closing(Engine(Limits(max_points=20), max_waiting=9)) as made:
        outcomes = await asyncio.gather(*(ask(made, 400) for _ in range(2)), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [ContractError, ContractError]
    assert threads.names[-1] != "MainThread"


async def test_nothing_may_wait_when_the_queue_has_no_places() -> None:
    body = daily_body(1500)
    with closing(Engine(Limits(), max_waiting=0)) as made:
        first = asyncio.create_task(made.answer(body, Operation.ENTIRE, ApiVersion.V1_1))
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError):
            await made.answer(body, Operation.ENTIRE, ApiVersion.V1_1)
        await first
        await made.answer(body, Operation.ENTIRE, ApiVersion.V1_1)
