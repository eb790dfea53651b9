from __future__ import annotations

import asyncio
import json
from contextlib import closing

import pytest

from anomaly_container import engine
from anomaly_container.contract.errors import ContractError
from anomaly_container.contract.limits import Limits
from anomaly_container.contract.request import parse
from anomaly_container.contract.versions import ApiVersion, Operation
from anomaly_container.detection import ChangePointResult, EntireResult, LastResult
from anomaly_container.engine import Engine, OverloadedError
from tests.payloads import daily_body

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


@pytest.mark.parametrize("points", [24, 400])
async def test_the_engine_answers_alike_wherever_the_work_runs(points: int) -> None:
    body = daily_body(points)
    with closing(Engine(Limits(), max_waiting=0)) as made:
        served = await made.answer(body, Operation.ENTIRE, ApiVersion.V1_1)
    assert served == engine.answer(body, Operation.ENTIRE, ApiVersion.V1_1, Limits())


@pytest.mark.parametrize("body", [b"{", b"{" * (engine.INLINE_BYTES + 1)])
async def test_a_refusal_comes_out_of_the_engine_wherever_the_work_runs(body: bytes) -> None:
    with closing(Engine(Limits(), max_waiting=0)) as made, pytest.raises(ContractError):
        await made.answer(body, Operation.ENTIRE, ApiVersion.V1_1)


async def test_nothing_may_wait_when_the_queue_has_no_places() -> None:
    body = daily_body(400)
    with closing(Engine(Limits(), max_waiting=0)) as made:
        first = asyncio.create_task(made.answer(body, Operation.ENTIRE, ApiVersion.V1_1))
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError):
            await made.answer(body, Operation.ENTIRE, ApiVersion.V1_1)
        await first
        await made.answer(body, Operation.ENTIRE, ApiVersion.V1_1)
