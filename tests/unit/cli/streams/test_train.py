"""The verb `train`.

The smallest example: `streams train log.jsonl Model=a.model` writes a model file, and says how many rows it
was fitted on.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest

from anomaly_container.services.streams.model_file import Model

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., int]


def said(shown: str) -> dict[str, str]:
    return dict(line.split(maxsplit=1) for line in shown.splitlines())


def test_a_model_is_written_and_summed_up(
    run: Run, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log.write_bytes(log.read_bytes() + b"{\n")
    assert run("train", str(log), "Model=a.model") == 0
    model = Model.load(tmp_path / "a.model")
    lines = said(capsys.readouterr().out)
    assert lines["model"] == f"forest {model.id}"
    assert lines["events"] == "2,450"
    assert lines["rows"] == "1,960 fitted, 490 held out for the threshold"
    assert lines["parked"] == "not-json 1"
    assert lines["features"] == "response_time, log_level, method, path, hour, day_of_week, is_weekend"
    assert float(lines["threshold"].split()[0]) == pytest.approx(model.training.level, rel=1e-5)
    assert float(lines["above"].split("%")[0]) / 100 == pytest.approx(model.training.flagged, abs=1e-4)
    assert lines["written"] == str(tmp_path / "a.model")
    assert float(lines["seconds"]) < 30


def test_the_part_of_the_sample_before_its_episodes_is_trained_on(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("train", "sample", "Model=a.model") == 0
    assert said(capsys.readouterr().out)["events"] == "16,000"


def test_the_memory_of_a_stream_of_sarima_is_said(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("train", "sample", "Model=a.model", "Kind=sarima", "Sarima:Every=hour", "Season=1,0,0,24") == 1
    assert "Unknown setting Season" in capsys.readouterr().err
    words = ["Kind=sarima", "Sarima:Every=hour", "Sarima:Season=1,0,0,24"]
    assert run("train", "sample", "Model=a.model", *words) == 0
    lines = said(capsys.readouterr().out)
    assert lines["memory"] == "5,200 bytes a stream, for 25 states"
    assert lines["metric"] == "response_time:mean every 3600 s"
    assert re.match(r"\d+ fitted, \d+ held out", lines["slots"])
    assert run("replay", "sample", "Model=a.model", "--output", "r.jsonl") == 2


def test_what_the_user_should_know_is_noted(run: Run, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("train", str(log), "Model=a.model", "Train:MaxRows=1000") == 0
    assert "uniform sample of 1,000" in said(capsys.readouterr().out)["note"]


def test_a_kind_whose_package_is_missing_is_refused(
    run: Run, log: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.svm", None)
    assert run("train", str(log), "Model=a.model", "Kind=svm") == 1
    assert "pip install 'anomaly-container[models]'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["log.jsonl"], "Name the file of the model: Model=FILE."),
        (["nosuch", "Model=a.model"], "nosuch: No such file or directory"),
        (["log.jsonl", "Model=nosuch/a.model"], "No such file or directory"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_one_line(
    run: Run, log: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert log.is_file()
    assert run("train", *words) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.endswith(f"{message}\n")
    assert shown.err.count("\n") == 1
