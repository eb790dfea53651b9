"""The official client of Go, unchanged, which speaks v1.0."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pytest

from tests.clients.golang import ask
from tests.clients.questions import OF_NO_PERIOD, QUESTIONS, plain_answers

if TYPE_CHECKING:
    from tests.system.server import Server


@pytest.mark.parametrize("slash", ["", "/"], ids=["plain-endpoint", "endpoint-with-slash"])
def test_it_reads_what_plain_rest_reads(server: Server, slash: str) -> None:
    done = ask(server.url + slash, QUESTIONS)
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    assert answers == plain_answers("v1.0", url=server.url)
    entire, last = answers["entire"], answers["last"]
    assert [day for day, flag in enumerate(entire["isPositiveAnomaly"]) if flag] == [32]
    assert all(math.isfinite(number) for number in entire["expectedValues"] + entire["upperMargins"])
    assert (last["isNegativeAnomaly"], last["suggestedWindow"]) == (True, 29)
    assert any(answers["changePoint"]["isChangePoint"])


def test_it_reads_a_refusal(server: Server) -> None:
    done = ask(server.url, OF_NO_PERIOD)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["entire"] == {
        "exception": "*azure.RequestError",
        "status": 400,
        "header": "InvalidPeriod",
        "code": "InvalidPeriod",
        "message": "The 'period' field must be an integer >= 0.",
    }
