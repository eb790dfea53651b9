from __future__ import annotations

import json

import pytest

from anomaly_container.detection.univariate import ChangePointResult, EntireResult, LastResult
from anomaly_container.services.univariate import engine
from anomaly_container.services.univariate.contract.errors import ContractError
from anomaly_container.services.univariate.contract.limits import Limits
from anomaly_container.services.univariate.contract.request import parse
from anomaly_container.services.univariate.contract.versions import ApiVersion, Operation
from tests.support.payloads import daily_body

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
