"""The asynchronous half of the current official client, azure-ai-anomalydetector 3.0.0b6."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from azure.ai.anomalydetector import AnomalyDetectorClient as SynchronousClient
from azure.ai.anomalydetector.aio import AnomalyDetectorClient
from azure.ai.anomalydetector.models import (
    TimeGranularity,
    TimeSeriesPoint,
    UnivariateChangePointDetectionOptions,
    UnivariateDetectionOptions,
)
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError

from tests.support.payloads import daily_values

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.system.server import Server

Unchecked: TypeAlias = Any  # the annotations of this client let every field of an answer be absent

POINTS = 48


@pytest.fixture
async def client(server: Server) -> AsyncIterator[Unchecked]:
    async with AnomalyDetectorClient(server.url, AzureKeyCredential("any")) as client:
        yield client


def points() -> list[TimeSeriesPoint]:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    return [
        TimeSeriesPoint(timestamp=start + timedelta(days=day), value=value)
        for day, value in enumerate(daily_values(POINTS))
    ]


def options(**fields: Unchecked) -> UnivariateDetectionOptions:
    return UnivariateDetectionOptions(series=points(), granularity=TimeGranularity.DAILY, **fields)


def change_point_options() -> UnivariateChangePointDetectionOptions:
    return UnivariateChangePointDetectionOptions(series=points(), granularity=TimeGranularity.DAILY)


async def test_it_reads_what_the_synchronous_client_reads(client: Unchecked, server: Server) -> None:
    entire, last, change_points = await asyncio.gather(
        client.detect_univariate_entire_series(options(sensitivity=95)),
        client.detect_univariate_last_point(options()),
        client.detect_univariate_change_point(change_point_options()),
    )
    assert [day for day, flag in enumerate(entire.is_anomaly) if flag] == [2 * POINTS // 3]
    assert (last.period, last.suggested_window) == (7, 29)
    assert len(change_points.is_change_point) == POINTS

    def ask() -> list[Unchecked]:
        with SynchronousClient(server.url, AzureKeyCredential("any")) as synchronous:
            return [
                synchronous.detect_univariate_entire_series(options(sensitivity=95)),
                synchronous.detect_univariate_last_point(options()),
                synchronous.detect_univariate_change_point(change_point_options()),
            ]

    expected = await asyncio.to_thread(ask)
    assert [dict(answer) for answer in (entire, last, change_points)] == [dict(answer) for answer in expected]


async def test_a_refusal_is_a_typed_error(client: Unchecked) -> None:
    with pytest.raises(HttpResponseError) as refusal:
        await client.detect_univariate_entire_series(options(period=-1))
    raised: Unchecked = refusal.value
    assert raised.status_code == 400
    assert raised.error.code == "InvalidPeriod"
    assert raised.error.message == "The 'period' field must be an integer >= 0."
    assert raised.response.headers["x-ms-error-code"] == "InvalidPeriod"
