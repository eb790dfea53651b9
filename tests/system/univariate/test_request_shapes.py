"""Requests as each kind of caller writes them, byte by byte where a library would tidy them."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.support.bodies import pascal
from tests.support.payloads import daily_values

if TYPE_CHECKING:
    from tests.system.server import Server

KEY = {"Ocp-Apim-Subscription-Key": "any"}
POINTS = 48
SPIKE = 2 * POINTS // 3


def document(layout: str = "%Y-%m-%dT%H:%M:%SZ", **fields: object) -> dict[str, Any]:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    series = [
        {"timestamp": (start + timedelta(days=day)).strftime(layout), "value": value}
        for day, value in enumerate(daily_values(POINTS))
    ]
    return {"granularity": "daily", "sensitivity": 95, "series": series, **fields}


def send(
    server: Server, method: str, path: str, headers: dict[str, str], body: bytes | None = None
) -> tuple[int, dict[str, str], Any]:
    """Send these headers and, but for the host and the length, no other."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        lines = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, lines, json.loads(answer.read())


@dataclass(frozen=True)
class Caller:
    """How one kind of caller writes a request."""

    version: str
    headers: dict[str, str]
    layout: str = "%Y-%m-%dT%H:%M:%SZ"
    before_path: str = ""
    change_point: str = "changepoint"
    fields: dict[str, object] = field(default_factory=dict)


DOTNET = {
    **KEY,
    "Accept": "application/json",
    "Content-Type": "application/json",
    "x-ms-client-request-id": "3f2f1a52-9f70-4b0b-9d5d-3a8f5a2a7a11",
    "x-ms-return-client-request-id": "true",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
}
JAVA = {
    **KEY,
    "Accept": "application/json",
    "Content-Type": "application/json",
    "x-ms-client-request-id": "0c1b6b8e-7f8a-4a6f-8b59-5b5d3c1c6a20",
    "Date": "Wed, 01 Jan 2020 00:00:00 GMT",
}
CALLERS = {
    "rest-sample": Caller("v1.0", {**KEY, "Content-Type": "application/json"}),
    "notebook-without-content-type": Caller("v1.0", {**KEY, "Accept": "*/*"}),
    "databricks-tutorial": Caller("v1.0", {**KEY, "Content-Type": "text/json"}, "%Y-%m-%dT%H:%M:%S.000Z"),
    "dotnet-v1.0": Caller("v1.0", DOTNET, "%Y-%m-%dT%H:%M:%S.0000000Z"),
    "dotnet-v1.1": Caller("v1.1", DOTNET, "%Y-%m-%dT%H:%M:%S.0000000Z"),
    "dotnet-with-offset": Caller("v1.1", DOTNET, "%Y-%m-%dT%H:%M:%S.0000000+00:00"),
    "endpoint-with-slash": Caller("v1.1", DOTNET, before_path="/"),
    "java": Caller("v1.1", JAVA, fields={"customInterval": 1, "imputeMode": "auto"}),
    "first-clients": Caller(
        "v1.0", {**KEY, "Content-Type": "application/json; charset=utf-8"}, change_point="changePoint"
    ),
}


@pytest.mark.parametrize("operation", ["entire", "last", "changepoint"])
@pytest.mark.parametrize("name", CALLERS)
def test_every_caller_reads_the_same_numbers(server: Server, name: str, operation: str) -> None:
    caller = CALLERS[name]
    spelt = caller.change_point if operation == "changepoint" else operation
    path = f"{caller.before_path}/anomalydetector/{caller.version}/timeseries/{spelt}/detect"
    body = json.dumps(document(caller.layout, **caller.fields)).encode()
    status, headers, answer = send(server, "POST", path, caller.headers, body)
    assert status == 200
    assert headers["content-type"] == "application/json"
    plain = requests.post(
        f"{server.url}/anomalydetector/{caller.version}/timeseries/{operation}/detect",
        json=document(),
        timeout=30,
    )
    assert answer == plain.json()
    if operation == "entire":
        assert [day for day, flag in enumerate(answer["isAnomaly"]) if flag] == [SPIKE]


@pytest.mark.parametrize("name", CALLERS)
def test_every_caller_reads_a_flat_error(server: Server, name: str) -> None:
    caller = CALLERS[name]
    path = f"{caller.before_path}/anomalydetector/{caller.version}/timeseries/entire/detect"
    body = json.dumps(document(caller.layout) | {"period": -1}).encode()
    status, headers, answer = send(server, "POST", path, caller.headers, body)
    assert status == 400
    assert answer == {"code": "InvalidPeriod", "message": "The 'period' field must be an integer >= 0."}
    assert headers["x-ms-error-code"] == "InvalidPeriod"


POWER_BI = "/anomalydetector/v1.0/timeseries/entire/detect"


def test_power_bi_looks_then_posts_and_reads_in_pascal_case(server: Server) -> None:
    headers = {**KEY, "Content-Type": "application/json", "Accept-Encoding": "gzip, deflate"}
    assert send(server, "GET", POWER_BI, KEY)[0] == 200
    body = json.dumps(pascal(document())).encode()
    status, _, answer = send(server, "POST", POWER_BI, headers, body)
    assert status == 200
    assert set(answer) == {
        *("ExpectedValues", "IsAnomaly", "IsNegativeAnomaly", "IsPositiveAnomaly"),
        *("LowerMargins", "Period", "UpperMargins"),
    }
    plain = requests.post(f"{server.url}{POWER_BI}", json=document(), timeout=30)
    assert answer == pascal(plain.json())


def test_power_bi_reads_its_own_names_in_an_error_and_the_keys_of_an_error_as_ever(server: Server) -> None:
    off_grid = document()
    off_grid["series"][1]["timestamp"] = "2020-01-02T01:00:00Z"
    body = json.dumps(pascal(off_grid)).encode()
    status, _, answer = send(server, "POST", POWER_BI, {**KEY, "Content-Type": "application/json"}, body)
    assert status == 400
    assert answer == {
        "code": "InvalidSeries",
        "message": "The 'Timestamp' at index 1 is invalid in daily granularity with 1 gran as interval.",
    }


def test_curl(server: Server) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")
    url = f"{server.url}/anomalydetector/v1.1/timeseries/last/detect"
    done = subprocess.run(  # noqa: S603  # our own words
        [curl, "-sS", "-H", "Ocp-Apim-Subscription-Key: any", "--data-binary", "@-", url],
        input=json.dumps(document()),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert json.loads(done.stdout) == requests.post(url, json=document(), timeout=30).json()


def test_curl_may_wait_for_leave_to_send_a_long_body(server: Server) -> None:
    """Before a body of more than a megabyte curl asks with `Expect: 100-continue`."""
    path = "/anomalydetector/v1.1/timeseries/last/detect"
    headers = {**KEY, "Expect": "100-continue", "Content-Type": "application/json"}
    body = json.dumps(document()).encode()
    status, _, answer = send(server, "POST", path, headers, body)
    assert status == 200
    assert answer["period"] == 7
