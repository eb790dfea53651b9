"""The verb `report`.

The smallest example: of the results of a replay with `Output:Event=fields` it makes the replay's own report.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., int]


@pytest.fixture
def replayed(run: Run, log: Path, tmp_path: Path) -> Path:
    """The folder with results in `r.jsonl`, and the reports of the replay in `state/reports`."""
    words = ["--output", "r.jsonl", "--reports", "state/reports", "Output:Event=fields"]
    (tmp_path / "state").mkdir()
    assert run("replay", str(log), *words) == 2
    return tmp_path


def busiest(folder: Path) -> tuple[str, dict[str, Any]]:
    """The hour with most anomalies, and its report."""
    reports = {
        path.name[:13]: json.loads(path.read_bytes()) for path in (folder / "state/reports").glob("*.json")
    }
    return max(reports.items(), key=lambda item: item[1]["anomalies"])


@pytest.mark.parametrize("event", ["fields", "all"])
def test_the_report_of_results_is_that_of_the_replay(run: Run, replayed: Path, log: Path, event: str) -> None:
    """Only alarms are not in results."""
    hour, expected = busiest(replayed)
    assert run("replay", str(log), "--output", "r.jsonl", f"Output:Event={event}") == 2
    assert run("report", "r.jsonl", "--hour", hour, "--output", "a.json") == 2
    found = json.loads((replayed / "a.json").read_bytes())
    assert expected["anomalies"] > 5
    assert expected["alarmChanges"]
    assert found == {**expected, "alarmChanges": []}


def test_without_events_the_response_time_is_not_known(run: Run, replayed: Path, log: Path) -> None:
    hour, expected = busiest(replayed)
    assert run("replay", str(log), "--output", "r.jsonl") == 2
    assert run("report", "r.jsonl", "--hour", hour, "--output", "a.json") == 2
    found = json.loads((replayed / "a.json").read_bytes())
    assert found["responseTime"]["p95"] is None
    assert {name: found[name] for name in ("events", "anomalies", "score", "features")} == {
        name: expected[name] for name in ("events", "anomalies", "score", "features")
    }


@pytest.mark.parametrize("folder", ["state", "state/reports"])
def test_the_report_of_a_folder_is_the_one_in_it(run: Run, replayed: Path, folder: str) -> None:
    hour, expected = busiest(replayed)
    assert run("report", folder, "--hour", f"{hour}:30:00Z", "--output", "a.json") == 2
    assert json.loads((replayed / "a.json").read_bytes()) == expected


@pytest.mark.parametrize("source", ["state", "r.jsonl"])
def test_the_last_hour_is_the_default(
    run: Run, replayed: Path, source: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    last = max((replayed / "state/reports").glob("*.json"))
    assert run("report", source) in {0, 2}
    assert json.loads(capfdbinary.readouterr().out)["hour"] == json.loads(last.read_bytes())["hour"]


@pytest.mark.parametrize(
    ("form", "beginning"), [("csv", b"minute,events,"), ("html", b"<!doctype html>"), ("svg", b"<svg ")]
)
def test_each_form(
    run: Run, replayed: Path, form: str, beginning: bytes, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    hour, _ = busiest(replayed)
    assert run("report", "state", "--hour", hour, "--format", form) == 2
    shown = capfdbinary.readouterr().out
    assert shown.startswith(beginning)
    assert len(shown) < 300_000


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nosuch"], "nosuch: No such file or directory"),
        (["bad.jsonl"], "Line 2 of bad.jsonl is not a result."),
        (["list.jsonl"], "Line 1 of list.jsonl is not a result."),
        (["timeless.jsonl"], "The result a-1 has no time."),
        (["poor.jsonl"], "The result a-1 does not have the fields of a result."),
        (["empty.jsonl"], "empty.jsonl has no results of this hour."),
        (["state", "--hour", "2020-01-01"], "state has no results of this hour."),
    ],
)
def test_what_has_no_report_is_refused_in_one_line(
    run: Run, tmp_path: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run("report", "nosuch")
    capsys.readouterr()
    (tmp_path / "state").mkdir()
    (tmp_path / "bad.jsonl").write_text('{"id":"a-1","time":"2026-01-01T00:00:00Z"}\n{\n')
    (tmp_path / "list.jsonl").write_text("[1]\n")
    (tmp_path / "timeless.jsonl").write_text('{"id":"a-1"}\n')
    (tmp_path / "poor.jsonl").write_text('{"id":"a-1","time":"2026-01-01T00:00:00Z"}\n')
    (tmp_path / "empty.jsonl").touch()
    assert run("report", *words) == 1
    assert capsys.readouterr().err == f"{message}\n"


def test_an_hour_that_is_not_a_time_is_refused(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run("report", "r.jsonl", "--hour", "noon")
    assert ended.value.code == 1
    assert "it must be an hour in ISO 8601" in capsys.readouterr().err
