"""The official client of Go, unchanged, which speaks v1.0."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.clients.golang import AS_FETCHED, MODULE, ask, program
from tests.clients.questions import AT_THE_EDGES, OF_NO_PERIOD, QUESTIONS, plain_answers
from tests.samples import LOCAL, read

if TYPE_CHECKING:
    from pathlib import Path

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


def test_it_reads_answers_at_the_edges(server: Server) -> None:
    done = ask(server.url, AT_THE_EDGES)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == plain_answers("v1.0", AT_THE_EDGES, url=server.url)


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


SERIES = """package main

import (
	"time"

	"github.com/Azure/azure-sdk-for-go/services/preview/cognitiveservices/v1.0/anomalydetector"
	"github.com/Azure/go-autorest/autorest/date"
)

var series = weeks()

func weeks() (points []anomalydetector.TimeSeriesPoint) {
	for day := 0; day < 28; day++ {
		value := float64(day % 7)
		when := date.Time{Time: time.Date(2020, 1, 1+day, 0, 0, 0, 0, time.UTC)}
		points = append(points, anomalydetector.TimeSeriesPoint{Timestamp: &when, Value: &value})
	}
	return points
}
"""


def test_the_sample_of_the_page_runs(server: Server, tmp_path: Path) -> None:
    program()
    [sample] = [block for block in read("docs/migrate.md") if block.language == "go"]
    for name in ("go.mod", "go.sum"):
        shutil.copy(MODULE / name, tmp_path)
    (tmp_path / "sample.go").write_text(sample.text.replace(LOCAL, server.url))
    (tmp_path / "series.go").write_text(SERIES)
    done = subprocess.run(
        ["go", "run", "."],  # noqa: S607  # the one that built the program
        cwd=tmp_path,
        env=AS_FETCHED,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "false\n"), done.stderr
