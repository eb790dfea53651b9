"""How many queries a key may send."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from anomaly_container.process.cpus import worker_count
from anomaly_container.services.univariate.contract.versions import TITLES, ApiVersion, Operation
from anomaly_container.settings.errors import SettingsError
from anomaly_container.settings.load import load
from anomaly_container.web import rate_limit as rate
from anomaly_container.web.rate_limit import TokenBuckets
from tests.support.payloads import ENTIRE_PATH, daily_body

if TYPE_CHECKING:
    from pathlib import Path

Client = TestClient[web.Request, web.Application]
BURST = 3


@pytest.fixture
def limits(tmp_path: Path) -> dict[str, object]:
    (tmp_path / "keys").write_text("a\nb\n")
    access = {"ApiKeys": str(tmp_path / "keys"), "RateLimit": 0.01, "RateBurst": BURST}
    return {"Access": access, "Workers": 1}


def key(name: str) -> dict[str, str]:
    return {"Ocp-Apim-Subscription-Key": name}


async def test_a_key_that_asks_too_often_is_told_to_wait(client: Client) -> None:
    for _ in range(BURST):
        assert (await client.post(ENTIRE_PATH, data=daily_body(24), headers=key("a"))).status == 200
    refused = await client.post(ENTIRE_PATH, data=daily_body(24), headers=key("a"))
    assert refused.status == 429
    assert refused.headers["x-ms-error-code"] == "429"
    seconds = int(refused.headers["Retry-After"])
    assert 90 < seconds <= 100
    assert await refused.json() == {
        "error": {
            "code": "429",
            # As recorded, but for the operation, the version and the seconds.
            "message": (
                "Requests to the Detect Anomalies For The Entire Series In Batch Operation under"
                " Anomaly Detector v1.1 have exceeded rate limit of your current AnomalyDetector S0"
                f" pricing tier. Please retry after {seconds} seconds. Please contact Azure support service"
                " if you would like to further increase the default rate limit."
            ),
        }
    }
    # Another key has tokens of its own; pages take none, and neither does a look before a query.
    for _ in range(2 * BURST):
        assert (await client.get(ENTIRE_PATH, headers=key("b"))).status == 200
    assert (await client.post(ENTIRE_PATH, data=daily_body(24), headers=key("b"))).status == 200
    assert (await client.get(ENTIRE_PATH, headers=key("a"))).status == 200
    assert (await client.get("/status", headers=key("a"))).status == 200


async def test_a_wrong_key_takes_nothing_from_the_right_ones(client: Client) -> None:
    for _ in range(2 * BURST):
        assert (await client.post(ENTIRE_PATH, data=b"", headers=key("c"))).status == 401
    assert (await client.post(ENTIRE_PATH, data=daily_body(24), headers=key("a"))).status == 200


async def test_reading_a_file_takes_a_token(client: Client) -> None:
    for _ in range(BURST):
        assert (await client.post("/ui/series", data=daily_body(24), headers=key("a"))).status == 200
    for path in ("/ui/series", "/UI/Series/", ENTIRE_PATH):
        refused = await client.post(path, data=daily_body(24), headers=key("a"))
        assert refused.status == 429
        assert 90 < int(refused.headers["Retry-After"]) <= 100
    assert (await client.get("/ui/page.js", headers=key("a"))).status == 200


async def test_every_operation_and_version_is_limited(client: Client) -> None:
    for _ in range(BURST):
        await client.post(ENTIRE_PATH, data=b"{", headers=key("a"))
    for version in ApiVersion:
        for operation in Operation:
            path = f"/AnomalyDetector/{version}/timeseries/{operation}/detect"
            refused = await client.post(path, data=b"{", headers=key("a"))
            assert refused.status == 429
            message = (await refused.json())["error"]["message"]
            assert TITLES[operation] in message
            assert f" {version} " in message


def test_tokens_come_back_at_a_steady_rate_and_are_no_more_than_the_bucket_holds() -> None:
    now = [0.0]
    token_buckets = TokenBuckets(2.0, 4, lambda: now[0])
    assert [token_buckets.take(b"k") for _ in range(6)] == [0, 0, 0, 0, 1, 1]
    now[0] = 0.4
    assert token_buckets.take(b"k") == 1
    now[0] = 0.5
    assert [token_buckets.take(b"k") for _ in range(2)] == [0, 1]
    now[0] = 1000.0
    assert [token_buckets.take(b"k") for _ in range(5)] == [0, 0, 0, 0, 1]
    assert token_buckets.take(b"other") == 0


def test_the_wait_is_long_enough() -> None:
    now = [0.0]
    token_buckets = TokenBuckets(0.3, 1, lambda: now[0])
    assert token_buckets.take(b"k") == 0
    now[0] += token_buckets.take(b"k")
    assert token_buckets.take(b"k") == 0


def test_workers_share_the_rate_and_the_burst(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = ("Eula=accept", "Billing=http://127.0.0.1:5001/", "ApiKey=key")
    words = [*gate, f"Access:ApiKeys={tmp_path}", "Access:RateLimit=8", "Workers=4"]
    made: list[tuple[float, float]] = []
    monkeypatch.setattr(rate, "TokenBuckets", lambda *arguments: made.append(arguments))
    for given in (words, [*words, "Access:RateBurst=20"]):
        settings = load(given, {}, {})
        rate.token_buckets(settings, worker_count(settings))
    assert made == [(2.0, 2.0), (2.0, 5.0)]
    assert rate.token_buckets(load([*gate], {}, {}), 4) is None


def test_a_rate_without_keys_is_refused() -> None:
    gate = ("Eula=accept", "Billing=http://127.0.0.1:5001/", "ApiKey=key")
    for rate_limit in ("1", "0", "many"):
        with pytest.raises(SettingsError, match="Access:RateLimit"):
            load([*gate, f"Access:RateLimit={rate_limit}"], {}, {})
