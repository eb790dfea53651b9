"""The current official client, azure-ai-anomalydetector 3.0.0b6, which speaks v1.1."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from azure.ai.anomalydetector import AnomalyDetectorClient
from azure.ai.anomalydetector.models import (
    ImputeMode,
    TimeGranularity,
    TimeSeriesPoint,
    UnivariateChangePointDetectionOptions,
    UnivariateDetectionOptions,
)
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from tests.support.payloads import daily_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.system.server import Server

Unchecked: TypeAlias = Any  # the annotations of this client let every field of an answer be absent

POINTS = 48
SPIKE = 2 * POINTS // 3


@pytest.fixture(params=["", "/"], ids=["plain-endpoint", "endpoint-with-slash"])
def client(server: Server, request: pytest.FixtureRequest) -> Iterator[AnomalyDetectorClient]:
    # This client asks for https only with bearer tokens; with a key it takes the endpoint as it is.
    with AnomalyDetectorClient(f"{server.url}{request.param}", AzureKeyCredential("any")) as client:
        yield client


def points(values: list[float]) -> list[TimeSeriesPoint]:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    return [TimeSeriesPoint(timestamp=start + timedelta(days=day), value=v) for day, v in enumerate(values)]


def options(values: list[float], **fields: Unchecked) -> UnivariateDetectionOptions:
    return UnivariateDetectionOptions(series=points(values), granularity=TimeGranularity.DAILY, **fields)


def test_entire(client: Unchecked) -> None:
    result = client.detect_univariate_entire_series(
        options(
            daily_values(POINTS),
            custom_interval=1,
            max_anomaly_ratio=0.25,
            sensitivity=95,
            impute_mode=ImputeMode.AUTO,
        )
    )
    assert result.period == 7
    for numbers in (result.expected_values, result.upper_margins, result.lower_margins, result.severity):
        assert len(numbers) == POINTS
        assert all(isinstance(number, float) and math.isfinite(number) for number in numbers)
    assert [day for day, flag in enumerate(result.is_anomaly) if flag] == [SPIKE]
    assert [day for day, flag in enumerate(result.is_positive_anomaly) if flag] == [SPIKE]
    assert result.is_negative_anomaly == [False] * POINTS
    assert [day for day, severity in enumerate(result.severity) if severity > 0] == [SPIKE]


def test_last(client: Unchecked) -> None:
    values = daily_values(POINTS)
    result = client.detect_univariate_last_point(options([*values, values[-1] - 90]))
    assert result.period == 7
    assert result.suggested_window == 29
    assert (result.is_anomaly, result.is_negative_anomaly, result.is_positive_anomaly) == (True, True, False)
    assert result.expected_value - result.lower_margin > values[-1] - 90
    assert result.upper_margin > 0
    assert 0 < result.severity <= 1


def test_change_point(client: Unchecked) -> None:
    values = [float(day % 7) for day in range(30)] + [float(200 + 40 * day + day % 7) for day in range(30)]
    result = client.detect_univariate_change_point(
        UnivariateChangePointDetectionOptions(
            series=points(values),
            granularity=TimeGranularity.DAILY,
            custom_interval=1,
            period=7,
            stable_trend_window=5,
            threshold=0.9,
        )
    )
    assert result.period == 7
    assert len(result.is_change_point) == len(result.confidence_scores) == 60
    assert any(result.is_change_point)
    assert all(0 <= score <= 1 for score in result.confidence_scores)


def test_points_need_no_timestamps_without_a_granularity(client: Unchecked) -> None:
    series = [TimeSeriesPoint(value=value) for value in daily_values(POINTS)]
    result = client.detect_univariate_entire_series(UnivariateDetectionOptions(series=series))
    assert result.is_anomaly[SPIKE]


def test_fractions_of_a_second_are_read(client: Unchecked) -> None:
    start = datetime(2020, 1, 1, microsecond=123000, tzinfo=UTC)
    series = [
        TimeSeriesPoint(timestamp=start + timedelta(days=day), value=value)
        for day, value in enumerate(daily_values(POINTS))
    ]
    result = client.detect_univariate_entire_series(
        UnivariateDetectionOptions(series=series, granularity="daily")
    )
    assert result.period == 7


@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        ({"period": -1}, "InvalidPeriod", "The 'period' field must be an integer >= 0."),
        (
            {"sensitivity": 101},
            "InvalidModelArgument",
            "The 'sensitivity' field must be an integer between 0 and 99.",
        ),
        (
            {"custom_interval": 0},
            "InvalidCustomInterval",
            "The 'customInterval' field must be an integer > 0.",
        ),
    ],
)
def test_a_refusal_is_a_typed_error(
    client: Unchecked, fields: dict[str, Unchecked], code: str, message: str
) -> None:
    with pytest.raises(HttpResponseError) as refusal:
        client.detect_univariate_entire_series(options(daily_values(POINTS), **fields))
    assert refusal.value.status_code == 400
    raised: Unchecked = refusal.value
    assert (raised.error.code, raised.error.message) == (code, message)
    assert raised.model["code"] == code
    assert raised.response.headers["x-ms-error-code"] == code


def test_a_route_that_is_not_served_is_a_typed_error(client: Unchecked) -> None:
    with pytest.raises(ResourceNotFoundError) as refusal:
        client.get_multivariate_model("00000000-0000-0000-0000-000000000000")
    raised: Unchecked = refusal.value
    assert (raised.error.code, raised.error.message) == ("404", "Resource not found")
