from __future__ import annotations

import subprocess
import sys
from uuid import UUID

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from anomaly_container.web.middleware.request_id import new_request_id
from tests.support.payloads import DETECT_PATHS, ENTIRE_PATH, daily_body

Client = TestClient[web.Request, web.Application]
FORK = """
import os
from anomaly_container.web.middleware.request_id import new_request_id
new_request_id()
for child in range(3):
    if not os.fork():
        os.write(1, (new_request_id() + chr(10)).encode())
        os._exit(0)
    os.wait()
print(new_request_id())
"""


def test_an_id_is_a_uuid_of_version_4() -> None:
    ids = [new_request_id() for _ in range(10_000)]
    assert [str(UUID(one)) for one in ids] == ids
    assert {(UUID(one).version, UUID(one).variant) for one in ids} == {(4, "specified in RFC 4122")}
    assert len({*ids}) == 10_000
    # Every bit that is not fixed is random.
    together, common = 0, -1
    for one in ids:
        together |= UUID(one).int
        common &= UUID(one).int
    assert f"{together & ~common:032x}" == "ffffffffffff0fff3fffffffffffffff"


def test_forked_processes_make_different_ids() -> None:
    run = subprocess.run([sys.executable, "-c", FORK], capture_output=True, text=True, check=True)  # noqa: S603  # our own program
    assert len({*run.stdout.split()}) == 4


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/status", 200),
        ("HEAD", "/ready", 200),
        ("POST", ENTIRE_PATH, 400),
        ("GET", ENTIRE_PATH, 200),
        ("PUT", ENTIRE_PATH, 405),
        ("GET", "/nowhere", 404),
    ],
)
async def test_every_answer_has_a_fresh_request_id(
    client: Client, method: str, path: str, status: int
) -> None:
    answers = [await client.request(method, path) for _ in range(2)]
    assert [answer.status for answer in answers] == [status, status]
    first, second = (UUID(answer.headers["apim-request-id"]) for answer in answers)
    assert first != second
    assert {answer.headers["X-Content-Type-Options"] for answer in answers} == {"nosniff"}


@pytest.mark.parametrize("path", DETECT_PATHS)
async def test_a_result_names_its_model_and_its_usage(client: Client, path: str) -> None:
    response = await client.post(path, data=daily_body(48))
    assert response.status == 200
    assert response.headers.getall("Content-Type") == ["application/json"]
    assert int(response.headers["model-id"]) > 0
    assert response.headers["csp-billing-usage"] == "CognitiveServices.AnomalyDetector.DataPoints=1"
    assert "x-ms-error-code" not in response.headers


async def test_an_error_names_its_code_and_no_model(client: Client) -> None:
    response = await client.post(ENTIRE_PATH, data=daily_body(11))
    assert response.status == 400
    assert response.headers.getall("Content-Type") == ["application/json"]
    assert response.headers["x-ms-error-code"] == "InvalidSeries"
    assert "model-id" not in response.headers
    assert "csp-billing-usage" not in response.headers


@pytest.mark.parametrize(
    "content_type",
    [
        *(None, "text/json", "application/json; charset=utf-8", "application/json; charset=UTF-8"),
        *("text/plain", "application/x-www-form-urlencoded", "application/xml", "nonsense"),
    ],
)
async def test_the_type_of_the_body_does_not_matter(client: Client, content_type: str | None) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    skip = () if content_type else ("Content-Type",)
    response = await client.post(ENTIRE_PATH, data=daily_body(48), headers=headers, skip_auto_headers=skip)
    assert response.status == 200


async def test_a_subscription_key_is_neither_needed_nor_checked(client: Client) -> None:
    headers = {"Ocp-Apim-Subscription-Key": "any"}
    assert (await client.post(ENTIRE_PATH, data=daily_body(48), headers=headers)).status == 200
    assert (await client.post(ENTIRE_PATH, data=daily_body(48))).status == 200
