"""The official JavaScript clients, unchanged: three packages for three versions of the API."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pytest

from tests.clients.javascript import CLIENTS, ask
from tests.clients.questions import OF_NO_PERIOD, QUESTIONS, plain_answers

if TYPE_CHECKING:
    from tests.system.server import Server


@pytest.mark.parametrize("slash", ["", "/"], ids=["plain-endpoint", "endpoint-with-slash"])
@pytest.mark.parametrize("script", CLIENTS)
def test_a_client_reads_what_plain_rest_reads(server: Server, script: str, slash: str) -> None:
    version, severity = CLIENTS[script]
    done = ask(script, server.url + slash, QUESTIONS, allowInsecureConnection=True)
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    assert answers == plain_answers(version, url=server.url)
    entire, last = answers["entire"], answers["last"]
    assert ("severity" in entire, "severity" in last) == (severity, severity)
    assert [day for day, flag in enumerate(entire["isPositiveAnomaly"]) if flag] == [32]
    assert all(math.isfinite(number) for number in entire["expectedValues"] + entire["upperMargins"])
    assert (last["isNegativeAnomaly"], last["suggestedWindow"]) == (True, 29)
    assert any(answers["changePoint"]["isChangePoint"])


@pytest.mark.parametrize("script", CLIENTS)
def test_a_client_reads_a_refusal(server: Server, script: str) -> None:
    done = ask(script, server.url, OF_NO_PERIOD, allowInsecureConnection=True)
    assert done.returncode == 0, done.stderr
    refused = {
        "status": 400,
        "code": "InvalidPeriod",
        "message": "The 'period' field must be an integer >= 0.",
    }
    # The client of v1.0 does not show headers.
    if CLIENTS[script][0] != "v1.0":
        refused["header"] = "InvalidPeriod"
    assert json.loads(done.stdout)["entire"] == refused


@pytest.mark.parametrize("script", CLIENTS)
def test_only_the_newest_client_has_to_be_told_that_http_will_do(server: Server, script: str) -> None:
    done = ask(script, server.url, QUESTIONS)
    if script == "v1_1":
        assert done.returncode != 0
        assert "while allowInsecureConnection is false" in done.stderr
    else:
        assert done.returncode == 0, done.stderr
