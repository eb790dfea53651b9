"""Requests that programs of other people send, each with its right answer: tests/reports has the bodies.

`{"series": [{"value": 100.0}, {"value": 109.2}, ...]}`, without granularity or timestamps, is what a function
of Azure Data Explorer posts to v1.0: 200, as with `"granularity": "none"`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from tests.bodies import pascal, points
from tests.payloads import DETECT_PATHS

Client = TestClient[web.Request, web.Application]

REPORTS = Path(__file__).resolve().parents[1] / "reports"
V1_0 = "/anomalydetector/v1.0/timeseries/{}/detect"


def report(name: str) -> bytes:
    return (REPORTS / f"{name}.json").read_bytes()


async def ask(client: Client, path: str, body: bytes | dict[str, Any]) -> dict[str, Any]:
    """Return the answer to a body that is not refused."""
    written = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = await client.post(path, data=written)
    answer: dict[str, Any] = await response.json()
    assert response.status == 200, answer
    return answer


async def refusal(client: Client, path: str, body: bytes | dict[str, Any]) -> tuple[str, str]:
    """Return code and message of the error that a body gets."""
    written = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = await client.post(path, data=written)
    answer = await response.json()
    assert response.status == 400, answer
    assert response.headers["x-ms-error-code"] == answer["code"]
    return answer["code"], answer["message"]


def found(flags: list[bool]) -> list[int]:
    return [index for index, flag in enumerate(flags) if flag]


async def test_values_alone_of_azure_data_explorer_for_anomalies(client: Client) -> None:
    answer = await ask(client, V1_0.format("entire"), report("01_kusto_v1.0_entire_no_granularity"))
    assert (answer["period"], found(answer["isAnomaly"])) == (24, [60])
    assert len(answer["expectedValues"]) == 120


async def test_values_alone_of_azure_data_explorer_for_change_points(client: Client) -> None:
    body = report("01_kusto_v1.0_changepoint_no_granularity")
    answer = await ask(client, V1_0.format("changePoint"), body)
    assert (answer["period"], found(answer["isChangePoint"])) == (24, [19, 68, 90])


@pytest.mark.parametrize("path", DETECT_PATHS)
async def test_values_alone_are_granularity_none(client: Client, path: str) -> None:
    body = json.loads(report("01_kusto_v1.0_entire_no_granularity"))
    wanted = await ask(client, path, body | {"granularity": "none"})
    nulls = [point | {"timestamp": None} for point in body["series"]]
    for fields in ({}, {"granularity": None}, {"series": nulls}, {"series": nulls, "granularity": None}):
        assert await ask(client, path, body | fields) == wanted
    in_pascal_case = pascal(body)
    assert isinstance(in_pascal_case, dict)
    assert await ask(client, path, in_pascal_case) == pascal(wanted)


@pytest.mark.parametrize("operation", ["entire", "last", "changepoint"])
async def test_times_without_granularity_are_still_refused_by_v1_0(client: Client, operation: str) -> None:
    missing = "RequiredGranularity", "The 'granularity' field is required in request."
    some = points(24)
    for point in some[1:]:
        del point["timestamp"]
    for series in (points(24), some):
        assert await refusal(client, V1_0.format(operation), {"series": series}) == missing


@pytest.mark.parametrize("path", DETECT_PATHS)
async def test_a_granularity_without_times_is_still_refused(client: Client, path: str) -> None:
    series = [{"value": point["value"]} for point in points(24)]
    malformed = "BadArgument", "'timestamp' or 'value' is malformed in 'series' Field."
    assert await refusal(client, path, {"series": series, "granularity": "daily"}) == malformed


async def test_a_byte_order_mark_of_powershell(client: Client) -> None:
    body = report("11_request_with_bom")
    assert body.startswith(b"\xef\xbb\xbf")
    for path in DETECT_PATHS:
        assert await ask(client, path, body) == await ask(client, path, body[3:])
    answer = await ask(client, V1_0.format("entire"), body)
    assert found(answer["isAnomaly"]) == [60]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
async def test_another_encoding_is_named(client: Client, encoding: str) -> None:
    body = report("11_request_with_bom").decode("utf-8-sig").encode(encoding)
    assert await refusal(client, DETECT_PATHS[0], body) == (
        "InvalidJsonFormat",
        f"Invalid Json Format, input data is Empty. The body is in {encoding[:6].upper()}; send UTF-8.",
    )


async def test_names_of_power_bi(client: Client) -> None:
    answer = await ask(client, V1_0.format("entire"), report("12_powerbi_request_pascal"))
    assert found(answer["IsAnomaly"]) == [60]
    assert len(answer["UpperMargins"]) == 120


@pytest.mark.parametrize("path", DETECT_PATHS)
async def test_names_of_both_spellings(client: Client, path: str) -> None:
    document = json.loads(report("12_powerbi_request_pascal"))
    camel_points = [{"timestamp": p["Timestamp"], "value": p["Value"]} for p in document["Series"]]
    half_points = [{"Timestamp": p["Timestamp"], "value": p["Value"]} for p in document["Series"]]
    wanted = await ask(client, path, document)
    for series in (camel_points, half_points, [*half_points[:60], *document["Series"][60:]]):
        assert await ask(client, path, document | {"Series": series}) == wanted
        small = {"Series": series, "granularity": "hourly", "sensitivity": 95}
        assert await ask(client, path, small) == wanted
    camel = await ask(client, path, {"series": camel_points, "granularity": "hourly", "sensitivity": 95})
    assert pascal(camel) == wanted
    for series in (document["Series"], half_points):
        assert (
            await ask(client, path, {"series": series, "Granularity": "hourly", "Sensitivity": 95}) == camel
        )


async def test_dates_that_power_bi_has_turned_into_text(client: Client) -> None:
    body = report("13_powerbi_tutorial_us_text_dates")
    answer = await ask(client, V1_0.format("entire"), body)
    assert (answer["Period"], len(answer["IsAnomaly"])) == (7, 84)
    document = json.loads(body)
    assert document["Series"][30]["Timestamp"] == "1/31/2025 12:00:00 AM"
    for point in document["Series"]:
        month, day, year = point["Timestamp"].split()[0].split("/")
        point["Timestamp"] = f"{year}-{month:0>2}-{day:0>2}T00:00:00Z"
    for path in DETECT_PATHS:
        assert await ask(client, path, body) == await ask(client, path, document)


async def test_dates_with_the_day_first_are_refused_by_name(client: Client) -> None:
    document = json.loads(report("13_powerbi_tutorial_us_text_dates"))
    for point in document["Series"]:
        month, day, year = point["Timestamp"].split()[0].split("/")
        point["Timestamp"] = f"{day}/{month}/{year} 00:00:00"
    for path in DETECT_PATHS:
        assert await refusal(client, path, document) == (
            "BadArgument",
            (
                "'Timestamp' or 'Value' is malformed in 'Series' Field. A 'Timestamp' is in the form"
                " day/month/year; send ISO 8601, or month/day/year with a year of four digits."
            ),
        )
