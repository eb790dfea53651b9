from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_container.detection.univariate import ChangePointResult, EntireResult, LastResult
from anomaly_container.services.univariate.contract.limits import Limits
from anomaly_container.services.univariate.contract.request import Request, parse
from anomaly_container.services.univariate.contract.response import (
    Result,
    billing_units,
    render,
    result_headers,
)
from anomaly_container.services.univariate.contract.versions import ApiVersion, Operation
from tests.support.bodies import body, pascal_body, points

ENTIRE = EntireResult(
    period=7,
    expected_values=np.array([1.0, 0.30000000000000004]),
    upper_margins=np.array([2.0, 1e-300]),
    lower_margins=np.array([3.0, 12345.678901234567]),
    is_anomaly=np.array([True, False]),
    is_negative_anomaly=np.array([False, False]),
    is_positive_anomaly=np.array([True, False]),
    severity=np.array([0.2906614447614368, 0.0]),
    model_id=10,
)
LAST = LastResult(
    period=0,
    suggested_window=29,
    expected_value=0.1,
    upper_margin=2.0,
    lower_margin=3.0,
    is_anomaly=True,
    is_negative_anomaly=True,
    is_positive_anomaly=False,
    severity=0.25,
    model_id=40,
)
CHANGE_POINTS = ChangePointResult(
    period=0,
    is_change_point=np.array([False, True]),
    confidence_scores=np.array([0.0, 0.91]),
    model_id=60,
)
SEVERE = [ApiVersion.V1_1_PREVIEW_1, ApiVersion.V1_1]
NOT_SEVERE = [ApiVersion.V1_0, ApiVersion.V1_1_PREVIEW]


def request(operation: Operation, version: ApiVersion, raw: bytes | None = None) -> Request:
    return parse(raw or body(), operation, version, Limits())


@pytest.mark.parametrize("version", SEVERE)
def test_bytes_of_versions_with_severity(version: ApiVersion) -> None:
    assert render(request(Operation.ENTIRE, version), ENTIRE) == (
        b'{"expectedValues":[1.0,0.30000000000000004],"isAnomaly":[true,false],'
        b'"isNegativeAnomaly":[false,false],"isPositiveAnomaly":[true,false],"lowerMargins":[3.0,12345.678901234567],'
        b'"period":7,"severity":[0.2906614447614368,0.0],"upperMargins":[2.0,1e-300]}'
    )
    assert render(request(Operation.LAST, version), LAST) == (
        b'{"expectedValue":0.1,"isAnomaly":true,"isNegativeAnomaly":true,"isPositiveAnomaly":false,'
        b'"lowerMargin":3.0,"period":0,"severity":0.25,"suggestedWindow":29,"upperMargin":2.0}'
    )


@pytest.mark.parametrize("version", NOT_SEVERE)
def test_bytes_of_versions_without_severity(version: ApiVersion) -> None:
    assert render(request(Operation.ENTIRE, version), ENTIRE) == (
        b'{"expectedValues":[1.0,0.30000000000000004],"isAnomaly":[true,false],'
        b'"isNegativeAnomaly":[false,false],"isPositiveAnomaly":[true,false],"lowerMargins":[3.0,12345.678901234567],'
        b'"period":7,"upperMargins":[2.0,1e-300]}'
    )
    assert render(request(Operation.LAST, version), LAST) == (
        b'{"expectedValue":0.1,"isAnomaly":true,"isNegativeAnomaly":true,"isPositiveAnomaly":false,'
        b'"lowerMargin":3.0,"period":0,"suggestedWindow":29,"upperMargin":2.0}'
    )


@pytest.mark.parametrize("version", ApiVersion)
def test_bytes_of_change_points(version: ApiVersion) -> None:
    assert render(request(Operation.CHANGE_POINT, version), CHANGE_POINTS) == (
        b'{"confidenceScores":[0.0,0.91],"isChangePoint":[false,true],"period":0}'
    )


RESULTS: list[tuple[Operation, Result]] = [
    (Operation.ENTIRE, ENTIRE),
    (Operation.LAST, LAST),
    (Operation.CHANGE_POINT, CHANGE_POINTS),
]


@pytest.mark.parametrize("version", ApiVersion)
@pytest.mark.parametrize(("operation", "result"), RESULTS, ids=list(Operation))
def test_names_are_sorted_and_spelled_as_in_the_request(
    operation: Operation, result: Result, version: ApiVersion
) -> None:
    camel = json.loads(render(request(operation, version), result))
    pascal = json.loads(render(request(operation, version, pascal_body()), result))
    assert list(camel) == sorted(camel)
    assert list(pascal) == sorted(pascal)
    assert pascal == {name[0].upper() + name[1:]: value for name, value in camel.items()}


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_json_cannot_carry_becomes_zero(bad: float) -> None:
    for attribute, name in [
        ("expected_value", "expectedValue"),
        ("upper_margin", "upperMargin"),
        ("lower_margin", "lowerMargin"),
        ("severity", "severity"),
    ]:
        one: dict[str, Any] = {attribute: bad}
        answer = json.loads(render(request(Operation.LAST, ApiVersion.V1_1), replace(LAST, **one)))
        assert answer[name] == 0.0
        plural, many = (attribute, name) if name == "severity" else (attribute + "s", name + "s")
        one = {plural: np.array([bad, 5.0])}
        answer = json.loads(render(request(Operation.ENTIRE, ApiVersion.V1_1), replace(ENTIRE, **one)))
        assert answer[many] == [0.0, 5.0]
    change = replace(CHANGE_POINTS, confidence_scores=np.array([bad, 0.5]))
    answer = json.loads(render(request(Operation.CHANGE_POINT, ApiVersion.V1_1), change))
    assert answer["confidenceScores"] == [0.0, 0.5]


def test_arrays_that_are_views() -> None:
    whole = np.arange(8.0)
    flags = np.array([True, False] * 4)
    sliced = replace(ENTIRE, expected_values=whole[::2], is_anomaly=flags[::-1], severity=whole[::-3])
    answer = json.loads(render(request(Operation.ENTIRE, ApiVersion.V1_1), sliced))
    assert answer["expectedValues"] == [0.0, 2.0, 4.0, 6.0]
    assert answer["isAnomaly"] == [False, True] * 4
    assert answer["severity"] == [7.0, 4.0, 1.0]
    assert sliced.expected_values.base is whole


@settings(deadline=None)
@given(st.lists(st.floats(), min_size=1))
def test_every_float_comes_back_or_is_zero(numbers: list[float]) -> None:
    array = np.array(numbers)
    kept = array.copy()
    result = replace(ENTIRE, expected_values=array)
    answer = json.loads(render(request(Operation.ENTIRE, ApiVersion.V1_1), result))
    expected = [number if np.isfinite(number) else 0.0 for number in numbers]
    assert answer["expectedValues"] == expected
    assert all(isinstance(number, float) for number in answer["expectedValues"])
    np.testing.assert_array_equal(array, kept)


@pytest.mark.parametrize(("count", "thousands"), [(12, 1), (1000, 1), (1001, 2), (2000, 2), (8640, 9)])
def test_headers(count: int, thousands: int) -> None:
    raw = body(series=points(count))
    for operation, result in RESULTS:
        assert result_headers(request(operation, ApiVersion.V1_1, raw), result) == {
            "model-id": str(result.model_id),
            "csp-billing-usage": f"CognitiveServices.AnomalyDetector.DataPoints={thousands}",
        }


@pytest.mark.parametrize(
    ("points", "units"), [(0, 0), (1, 1), (12, 1), (999, 1), (1000, 1), (1001, 2), (8640, 9)]
)
def test_points_are_billed_in_thousands_rounded_up(points: int, units: int) -> None:
    assert billing_units(points) == units
