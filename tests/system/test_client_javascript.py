"""The official JavaScript clients, unchanged: three packages for three versions of the API."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.clients.npm import SCRIPTS, packages
from tests.payloads import daily_values

if TYPE_CHECKING:
    from pathlib import Path

    from tests.system.server import Server

# Of each script, the version of the API that its client speaks, and whether severity is answered.
CLIENTS = {
    "v1_0": ("v1.0", False),
    "v1_1_preview_1": ("v1.1-preview.1", True),
    "v1_1": ("v1.1", True),
}
PATHS = {"entire": "entire", "last": "last", "changePoint": "changepoint"}
STEP = [float(day % 7) for day in range(30)] + [float(200 + 40 * day + day % 7) for day in range(30)]


def question(values: list[float], **fields: object) -> dict[str, Any]:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    series = [
        {"timestamp": (start + timedelta(days=day)).strftime("%Y-%m-%dT%H:%M:%S.000Z"), "value": value}
        for day, value in enumerate(values)
    ]
    return {"series": series, "granularity": "daily", **fields}


QUESTIONS = {
    "entire": question(daily_values(48), customInterval=1, maxAnomalyRatio=0.25, sensitivity=95),
    "last": question([*daily_values(48), 20.0], period=7),
    "changePoint": question(STEP, period=7, stableTrendWindow=5, threshold=0.9),
    "refused": question(daily_values(48), period=-1),
}


@pytest.fixture(scope="module")
def installed() -> Path:
    return packages()


def run(script: str, installed: Path, endpoint: str, **options: object) -> subprocess.CompletedProcess[str]:
    node = shutil.which("node")
    assert node is not None
    return subprocess.run(  # noqa: S603  # our own script
        [node, str(SCRIPTS / f"{script}.cjs")],
        input=json.dumps({"endpoint": endpoint, "options": options, "questions": QUESTIONS}),
        env={"NODE_PATH": str(installed)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("slash", ["", "/"], ids=["plain-endpoint", "endpoint-with-slash"])
@pytest.mark.parametrize("script", CLIENTS)
def test_a_client_reads_what_plain_rest_reads(
    server: Server, installed: Path, script: str, slash: str
) -> None:
    version, severity = CLIENTS[script]
    done = run(script, installed, server.url + slash, allowInsecureConnection=True)
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    for operation, path in PATHS.items():
        url = f"{server.url}/anomalydetector/{version}/timeseries/{path}/detect"
        plain = requests.post(url, json=QUESTIONS[operation], timeout=30)
        assert plain.status_code == 200
        assert answers[operation] == plain.json(), operation
    entire, last = answers["entire"], answers["last"]
    assert ("severity" in entire, "severity" in last) == (severity, severity)
    assert [day for day, flag in enumerate(entire["isPositiveAnomaly"]) if flag] == [32]
    assert all(math.isfinite(number) for number in entire["expectedValues"] + entire["upperMargins"])
    assert (last["isNegativeAnomaly"], last["suggestedWindow"]) == (True, 29)
    assert any(answers["changePoint"]["isChangePoint"])


@pytest.mark.parametrize("script", CLIENTS)
def test_a_client_reads_a_refusal(server: Server, installed: Path, script: str) -> None:
    done = run(script, installed, server.url, allowInsecureConnection=True)
    assert done.returncode == 0, done.stderr
    refused = {
        "status": 400,
        "code": "InvalidPeriod",
        "message": "The 'period' field must be an integer >= 0.",
    }
    # The client of v1.0 does not show headers.
    if CLIENTS[script][0] != "v1.0":
        refused["header"] = "InvalidPeriod"
    assert json.loads(done.stdout)["refused"] == refused


@pytest.mark.parametrize("script", CLIENTS)
def test_only_the_newest_client_has_to_be_told_that_http_will_do(
    server: Server, installed: Path, script: str
) -> None:
    done = run(script, installed, server.url)
    if script == "v1_1":
        assert done.returncode != 0
        assert "while allowInsecureConnection is false" in done.stderr
    else:
        assert done.returncode == 0, done.stderr
