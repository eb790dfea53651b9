"""The verb `compare`.

The smallest example: of a source with the labels `{"label": "slow"}` and `{"label": 0}` the first event is an
anomaly.
"""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest

from anomaly_container.services.streams import sample
from tests.unit.cli.streams.conftest import LOG_BEGIN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., int]

HEAD = ["kind", "results", "flagged", "events", "precision", "recall", "train s", "us an event"]


def table(shown: str) -> dict[str, dict[str, str]]:
    head, *rows = shown.splitlines()
    assert [part.strip() for part in head.split("  ") if part.strip()] == HEAD
    return {row.split()[0]: dict(zip(HEAD, row.split(), strict=True)) for row in rows}


def label(log: Path, marked: range) -> None:
    events = [json.loads(line) for line in log.read_bytes().splitlines()]
    lines = [json.dumps({**event, "label": "slow" if n in marked else 0}) for n, event in enumerate(events)]
    log.write_text("\n".join([*lines, ""]))


def test_all_kinds_are_compared_with_the_labels(
    run: Run, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slow = sample.EPISODES[0]
    label(log, range(slow.begin - LOG_BEGIN, slow.end - LOG_BEGIN))
    assert run("compare", str(log)) == 2
    rows = table(capsys.readouterr().out)
    assert list(rows) == ["forest", "sarima", "svm"]
    assert rows["forest"]["results"] == rows["svm"]["results"] == "490"
    assert float(rows["forest"]["recall"]) > 0.9
    assert float(rows["forest"]["precision"]) > 0.5
    for row in rows.values():
        assert int(row["flagged"]) <= int(row["events"])
        assert float(row["train s"]) > 0
        assert float(row["us an event"]) > 0


def test_without_labels_there_is_no_agreement(
    run: Run, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("compare", str(log)) == 2
    rows = table(capsys.readouterr().out)
    assert {(row["precision"], row["recall"]) for row in rows.values()} == {("-", "-")}


def test_the_picture_has_a_chart_of_each_kind(
    run: Run, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A kind whose package is missing is left out, and named."""
    monkeypatch.setitem(sys.modules, "sklearn.svm", None)
    assert run("compare", str(log), "--output", "c.svg") == 2
    shown = capsys.readouterr()
    assert list(table(shown.out)) == ["forest", "sarima"]
    assert "anomaly-container[models]" in shown.err
    root = ET.fromstring((tmp_path / "c.svg").read_bytes())  # noqa: S314  # our own
    charts = [part for part in root if part.tag.endswith("svg")]
    assert [chart.get("y") for chart in charts] == ["0", "320"]
    assert root.get("viewBox") == "0 0 1000 640"
    titles = [part.text for chart in charts for part in chart if part.tag.endswith("text")]
    assert any(text is not None and text.startswith("forest: ") for text in titles)
    flagged = int(table(shown.out)["forest"]["flagged"])
    assert sum(part.tag.endswith("circle") for part in charts[0]) == flagged


@pytest.mark.parametrize(
    ("source", "message"),
    [("nosuch", "nosuch: No such file or directory"), ("few.jsonl", "forest: There are 7 events to fit")],
)
def test_what_cannot_be_compared_is_refused(
    run: Run, log: Path, source: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (log.parent / "few.jsonl").write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:10]))
    assert run("compare", source) == 1
    assert capsys.readouterr().err.startswith(message)
