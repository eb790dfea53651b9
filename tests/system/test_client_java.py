"""The official Java client, unchanged: it speaks v1.1-preview.1, and the other versions if it is told."""

from __future__ import annotations

import json
import math
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.clients.maven import ask, java
from tests.clients.questions import AT_THE_EDGES, OF_NO_PERIOD, QUESTIONS, plain_answers
from tests.clients.single import single
from tests.samples import LOCAL, read

if TYPE_CHECKING:
    from pathlib import Path

    from tests.system.server import Server

OWN_VERSION = "v1.1-preview.1"
VERSIONS = ("v1.0", OWN_VERSION, "v1.1")
WITH_SEVERITY = {OWN_VERSION, "v1.1"}


def test_single_precision() -> None:
    assert single({"a": [0.1, True, 7]}) == {"a": [0.10000000149011612, True, 7]}


@pytest.mark.parametrize("version", VERSIONS)
def test_it_reads_what_plain_rest_reads(server: Server, version: str) -> None:
    done = ask(server.url, QUESTIONS, keyAsHeader=True, apiVersion=version)
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    assert single(answers) == single(plain_answers(version, url=server.url))
    entire, last = answers["entire"], answers["last"]
    severity = version in WITH_SEVERITY
    assert ("severity" in entire, "severity" in last) == (severity, severity)
    assert [day for day, flag in enumerate(entire["isPositiveAnomaly"]) if flag] == [32]
    assert all(math.isfinite(number) for number in entire["expectedValues"] + entire["upperMargins"])
    assert (last["isNegativeAnomaly"], last["suggestedWindow"]) == (True, 29)
    assert any(answers["changePoint"]["isChangePoint"])


def test_its_own_version_and_an_endpoint_with_a_slash(server: Server) -> None:
    done = ask(f"{server.url}/", QUESTIONS, keyAsHeader=True)
    assert done.returncode == 0, done.stderr
    assert single(json.loads(done.stdout)) == single(plain_answers(OWN_VERSION, url=server.url))


def test_it_reads_answers_at_the_edges(server: Server) -> None:
    whole = AT_THE_EDGES["entire"]
    gaps = [point for index, point in enumerate(whole["series"]) if index % 10 != 5]
    filled = whole | {"series": gaps, "imputeMode": "fixed", "imputeFixedValue": 1.5}
    questions = AT_THE_EDGES | {"entire": filled}
    done = ask(server.url, questions, keyAsHeader=True)
    assert done.returncode == 0, done.stderr
    assert single(json.loads(done.stdout)) == single(plain_answers(OWN_VERSION, questions, url=server.url))


@pytest.mark.parametrize("version", [OWN_VERSION, "v1.1"])
def test_it_reads_a_refusal(server: Server, version: str) -> None:
    done = ask(server.url, OF_NO_PERIOD, keyAsHeader=True, apiVersion=version)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["entire"] == {
        "exception": "AnomalyDetectorErrorException",
        "status": 400,
        "header": "InvalidPeriod",
        "code": "InvalidPeriod",
        "message": "The 'period' field must be an integer >= 0.",
    }


def test_its_policy_for_keys_wants_https(server: Server) -> None:
    """So docs/migrate.md sends the key as a header where the server speaks HTTP."""
    done = ask(server.url, QUESTIONS)
    assert done.returncode == 1
    assert "Key credentials require HTTPS to prevent leaking the key." in done.stderr


SAMPLE = """import com.azure.ai.anomalydetector.models.TimeSeriesPoint;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
{imports}

public final class Sample {{
    public static void main(String[] words) {{
        List<TimeSeriesPoint> series = new ArrayList<>();
        OffsetDateTime start = OffsetDateTime.parse("2020-01-01T00:00:00Z");
        for (int day = 0; day < 28; day++) {{
            series.add(new TimeSeriesPoint().setTimestamp(start.plusDays(day)).setValue(day % 7));
        }}
        {statements}
    }}
}}
"""


def test_the_sample_of_the_page_runs(server: Server, tmp_path: Path) -> None:
    [sample] = [block for block in read("docs/migrate.md") if block.language == "java"]
    imports, statements = sample.text.replace(LOCAL, server.url).split("\n\n")
    source = tmp_path / "Sample.java"
    source.write_text(SAMPLE.format(imports=imports, statements=statements))
    done = subprocess.run(  # noqa: S603  # our own page
        [*java(), str(source)], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout) == (0, "false\n"), done.stderr
