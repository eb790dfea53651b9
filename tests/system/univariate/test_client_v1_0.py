"""The first official client, azure-cognitiveservices-anomalydetector 0.3.1, which speaks v1.0."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from azure.cognitiveservices.anomalydetector import AnomalyDetectorClient
from azure.cognitiveservices.anomalydetector.models import (
    APIErrorException,
    ChangePointDetectRequest,
    Granularity,
    Point,
    Request,
)
from msrest.authentication import CognitiveServicesCredentials

from tests.support.payloads import daily_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.system.server import Server

Unchecked: TypeAlias = Any  # this client has no annotations

POINTS = 48
SPIKE = 2 * POINTS // 3
RATIO_MESSAGE = (
    "The 'maxAnomalyRatio' field must be less than 50% of the series points (0 < maxAnomalyRatio < 0.5)."
)


@pytest.fixture
def client(server: Server) -> Iterator[Unchecked]:
    unannotated: Unchecked = AnomalyDetectorClient
    with unannotated(server.url, CognitiveServicesCredentials("any")) as client:
        yield client


def points(values: list[float]) -> list[Point]:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    return [Point(timestamp=start + timedelta(days=day), value=value) for day, value in enumerate(values)]


def request(values: list[float], **fields: Unchecked) -> Request:
    return Request(series=points(values), granularity=Granularity.daily, **fields)


def test_entire(client: Unchecked) -> None:
    result = client.entire_detect(
        request(daily_values(POINTS), custom_interval=1, max_anomaly_ratio=0.25, sensitivity=95)
    )
    assert result.period == 7
    for numbers in (result.expected_values, result.upper_margins, result.lower_margins):
        assert len(numbers) == POINTS
        assert all(math.isfinite(number) for number in numbers)
    assert result.upper_margins == pytest.approx([0.05 * abs(v) for v in result.expected_values])
    assert result.is_anomaly[SPIKE]
    assert result.is_positive_anomaly[SPIKE]
    assert result.is_negative_anomaly == [False] * POINTS
    assert result.additional_properties == {}


def test_last(client: Unchecked) -> None:
    values = daily_values(POINTS)
    result = client.last_detect(request([*values, values[-1] - 90]))
    assert result.period == 7
    assert result.suggested_window == 29
    assert (result.is_anomaly, result.is_negative_anomaly, result.is_positive_anomaly) == (True, True, False)
    assert result.expected_value - result.lower_margin > values[-1] - 90
    assert result.upper_margin > 0
    assert result.additional_properties == {}


def test_change_point(client: Unchecked) -> None:
    values = [float(day % 7) for day in range(30)] + [float(200 + 40 * day + day % 7) for day in range(30)]
    result = client.change_point_detect(
        ChangePointDetectRequest(
            series=points(values),
            granularity=Granularity.daily,
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
    assert result.additional_properties == {}


@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        ({"period": -1}, "InvalidPeriod", "The 'period' field must be an integer >= 0."),
        (
            {"max_anomaly_ratio": 0.5},
            "InvalidModelArgument",
            RATIO_MESSAGE,
        ),
    ],
)
def test_a_refusal_is_a_typed_error(
    client: Unchecked, fields: dict[str, Unchecked], code: str, message: str
) -> None:
    with pytest.raises(APIErrorException) as refusal:
        client.entire_detect(request(daily_values(POINTS), **fields))
    assert refusal.value.response.status_code == 400
    error: Unchecked = refusal.value.error
    assert (error.code, error.message) == (code, message)


def test_too_few_points_are_a_typed_error(client: Unchecked) -> None:
    with pytest.raises(APIErrorException) as refusal:
        client.last_detect(request(daily_values(11)))
    error: Unchecked = refusal.value.error
    assert (error.code, error.message) == (
        "InvalidSeries",
        "The 'series' field must have at least 12 points.",
    )
