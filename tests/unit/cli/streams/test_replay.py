"""The verb `replay`.

The smallest example: `streams replay sample` flags the time-out of 30 s and says that the response time was
the reason.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import resource
import subprocess
import sys
from base64 import b64decode
from typing import TYPE_CHECKING, Any

import pytest

from anomaly_container.services.streams import sample
from tests.support.samples import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., int]


def documents(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_sample_as_a_process_of_its_own(tmp_path: Path) -> None:
    """What a newcomer sees first: outliers with reasons, the alarm's changes, and what each episode gave."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, str(ROOT / "entrypoint.py"), "streams", "replay", "sample"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 2
    parts = ["outliers in 4,000 events", "trained on 16,000 events before", "written report.html"]
    assert done.stderr == f"{outliers(done.stdout)} {'; '.join(parts)}\n"
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 3.0
    assert re.search(
        r"^2026-01-14 \d\d:\d\d:\d\d +\d+\.\d\d +response_time 100% high 30,000 \(usual ",
        done.stdout,
        re.MULTILINE,
    )
    flagged = {
        name: re.search(rf"^{re.escape(name)} +(\d+) of ([\d,]+) ", done.stdout, re.MULTILINE)
        for name in [*(episode.name for episode in sample.EPISODES), "others"]
    }
    counts = {name: (int(found[1]), found[2]) for name, found in flagged.items() if found}
    assert [counts[episode.name][1] for episode in sample.EPISODES] == ["30", "25", "12", "400", "1"]
    assert counts["POSTs that fail fast"][0] == 25
    assert counts["DELETEs of unseen paths"][0] == 12
    assert counts["one time-out"][0] == 1
    assert counts["others"][0] < 0.02 * 3532
    assert done.stdout.count("OK -> ALARM") >= 4
    shown = (ROOT / "docs/streams.md").read_text()
    end = done.stdout[done.stdout.index("\n\n") :].strip()
    assert f"```text\n{end}\n```" in shown, "docs/streams.md shows another end"
    page = (tmp_path / "report.html").read_text()
    assert "one time-out" in page
    assert page.count('class="anomaly"') == outliers(done.stdout)
    # Nothing is fetched: the only address is the name of SVG's namespace.
    assert set(re.findall(r"https?://[^\"'<> ]+", page)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<script|<link|src=|@import|url\(", page)


def outliers(shown: str) -> int:
    return sum(1 for line in shown.splitlines() if re.match(r"2026-01-\d\d [\d:]+  \d+\.\d\d  ", line))


def test_the_same_records_give_the_same_bytes(run: Run, log: Path, tmp_path: Path) -> None:
    made = []
    for turn in "ab":
        folder = tmp_path / turn
        folder.mkdir()
        words = ["--output", str(folder / "r"), "--reports", str(folder / "h"), "--page", str(folder / "p")]
        assert run("replay", str(log), *words, "Output:Event=fields") == 2
        made.append(
            {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        )
    assert made[0] == made[1]
    assert {"r", "p"} < made[0].keys()
    assert sum(name.endswith("Z.json") for name in made[0]) > 5


def test_results_are_lines_with_the_fields_of_a_result(run: Run, log: Path, tmp_path: Path) -> None:
    assert run("replay", str(log), "--output", "r.jsonl") == 2
    results = documents(tmp_path / "r.jsonl")
    assert len(results) == 490
    assert list(results[0]) == [
        *(
            "id",
            "stream",
            "time",
            "score",
            "threshold",
            "result",
            "reasons",
            "filled",
            "late",
            "key",
            "modelId",
        )
    ]
    assert results[0]["id"] == "log.jsonl-1961"
    for one in results:
        assert one["result"] == ("High Outlier" if one["score"] > one["threshold"] else "Normal")
        assert sum(reason["share"] for reason in one["reasons"]) <= 1.00001


def test_the_lines_go_to_standard_output(
    run: Run, log: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run("replay", str(log), "--output", "r.jsonl") == 2
    assert run("replay", str(log)) == 2
    assert run("replay", str(log), "--format", "scores") == 2
    shown = capfdbinary.readouterr().out.splitlines(keepends=True)
    assert b"".join(shown[:490]) == (tmp_path / "r.jsonl").read_bytes()
    scores = [json.loads(line) for line in shown[490:]]
    assert scores == [{"score": one["score"]} for one in documents(tmp_path / "r.jsonl")]


def test_compressed_files_and_standard_input_are_read_alike(
    run: Run, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "log.jsonl.gz").write_bytes(gzip.compress(log.read_bytes()))
    scores = []
    with log.open() as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        for source in (str(log), "log.jsonl.gz", "-"):
            assert run("replay", source, "--format", "scores", "--output", "s") == 2
            scores.append((tmp_path / "s").read_bytes())
    assert scores[0] == scores[1] == scores[2]


def test_a_model_scores_the_whole_source(run: Run, log: Path, tmp_path: Path) -> None:
    assert run("train", str(log), "Model=a.model") == 0
    assert run("replay", str(log), "Model=a.model", "--output", "r.jsonl") == 2
    results = documents(tmp_path / "r.jsonl")
    assert len(results) == 2450
    assert len({one["modelId"] for one in results}) == 1


def test_the_header_of_a_table_holds_for_the_part_that_is_scored(
    run: Run, tmp_path: Path, sample_lines: list[bytes]
) -> None:
    events = [json.loads(line) for line in sample_lines[15_000:16_000]]
    rows = [",".join(map(str, event.values())) for event in events]
    (tmp_path / "log.csv").write_text("\n".join([",".join(events[0]), *rows, ""]))
    assert run("replay", "log.csv", "--output", "r.jsonl") in {0, 2}
    assert len(documents(tmp_path / "r.jsonl")) == 1001 - int(1001 * 0.8)


def test_broken_records_are_parked_with_their_bytes(run: Run, log: Path, tmp_path: Path) -> None:
    broken = [b"\xff\xfe", b"{", b"[1]", b'{"path": "/"}']
    log.write_bytes(log.read_bytes() + b"\n".join([*broken, b""]))
    assert run("replay", str(log), "--output", "r.jsonl", "--parked", "p.jsonl") == 2
    found = documents(tmp_path / "p.jsonl")
    assert [one["reason"] for one in found] == ["not-utf-8", "not-json", "not-an-object", "no-time"]
    assert [b64decode(one["value"]) for one in found] == broken


def test_the_threshold_of_the_scored_part_itself(run: Run, log: Path, tmp_path: Path) -> None:
    """The way of the original notebook: the mean and deviation of what is looked at."""
    assert run("replay", str(log), "Threshold:Basis=scored", "--output", "r.jsonl") == 2
    results = documents(tmp_path / "r.jsonl")
    scores = [one["score"] for one in results]
    mean = sum(scores) / len(scores)
    deviation = (sum((score - mean) ** 2 for score in scores) / (len(scores) - 1)) ** 0.5
    assert results[0]["threshold"] == pytest.approx(mean + 3 * deviation, abs=1e-12)


def test_nothing_found_is_0(run: Run, log: Path) -> None:
    assert run("replay", str(log), "Threshold:Rule=1000") == 0


def test_a_replay_says_that_it_sends_nothing_to_sinks(
    run: Run, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["Sinks:audit:Type=file", f"Sinks:audit:Path={tmp_path / 'audit.jsonl'}"]
    assert run("replay", str(log), "--output", "r.jsonl", *words) == 2
    assert capsys.readouterr().err.splitlines()[0] == "A replay sends nothing to the sinks of the settings."
    assert not (tmp_path / "audit.jsonl").exists()


def test_a_page_of_any_source(run: Run, log: Path, tmp_path: Path) -> None:
    assert run("replay", str(log), "--output", "r.jsonl", "--page", "p.html") == 2
    assert "Replay of " in (tmp_path / "p.html").read_text()
    assert not (tmp_path / "report.html").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nosuch"], "nosuch: No such file or directory"),
        (["."], ".: Is a directory"),
        (["log.jsonl", "Model=log.jsonl"], "It is not a model file of streams."),
        (["log.jsonl", "Model=nosuch"], "The model file cannot be read: No such file or directory."),
        (["few.jsonl"], "There are 7 events to fit; at least 100 are needed."),
        (["empty.jsonl"], "There are no events to train on."),
        (["bad.gz"], "bad.gz: it is not a whole file of gzip"),
        (["log.jsonl", "--output", "nosuch/r"], "nosuch/.r.unfinished: No such file or directory"),
    ],
)
def test_what_cannot_be_replayed_is_refused_in_one_line(
    run: Run, log: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    few = log.read_bytes().splitlines(keepends=True)[:10]
    (log.parent / "few.jsonl").write_bytes(b"".join(few))
    (log.parent / "empty.jsonl").touch()
    (log.parent / "bad.gz").write_bytes(gzip.compress(log.read_bytes())[:-20])
    assert run("replay", *words) == 1
    assert capsys.readouterr().err == f"{message}\n"


def test_a_file_is_not_touched_if_the_replay_fails(run: Run, log: Path, tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text("as before")
    (tmp_path / "bad.gz").write_bytes(gzip.compress(log.read_bytes())[:-20])
    assert run("train", str(log), "Model=a.model") == 0
    assert run("replay", "bad.gz", "Model=a.model", "--output", "r.jsonl") == 1
    assert (tmp_path / "r.jsonl").read_text() == "as before"
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("kind", ["sarima", "svm"])
def test_the_other_kinds_have_the_same_fields(run: Run, log: Path, tmp_path: Path, kind: str) -> None:
    words = [f"Kind={kind}", "Sarima:Every=hour"] if kind == "sarima" else [f"Kind={kind}"]
    if kind == "sarima":  # an hour is a slot, and 600 are wanted
        events = [json.loads(line) for line in log.read_bytes().splitlines()]
        lines = [
            json.dumps({**event, "timestamp": 1_767_225_600 + 900 * n}) for n, event in enumerate(events)
        ]
        log.write_text("\n".join([*lines, ""]))
    assert run("replay", str(log), *words, "--output", "r.jsonl", "Output:Event=fields") in {0, 2}
    results = documents(tmp_path / "r.jsonl")
    assert {*results[0]} == {
        *(
            "id",
            "stream",
            "time",
            "score",
            "threshold",
            "result",
            "reasons",
            "filled",
            "late",
            "key",
            "modelId",
            "event",
        )
    }
    if kind == "sarima":
        assert re.fullmatch(r"stream/2026-\d\d-\d\dT\d\d:00:00Z", results[0]["id"])
        [reason] = results[0]["reasons"]
        assert reason["feature"] == "response_time:mean"
        expected = "high" if reason["value"] > reason["usual"] else "low"
        assert (reason["direction"], reason["share"]) == (expected, 1.0)


def test_mode_keys_needs_no_model(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each value of the field has a series of its own; the last value of one of them is not as the others."""
    events = [
        {
            "time": 1_767_225_600 + 60 * minute,
            "duration": 100 + minute % 3 + (500 if odd else 0),
            "shop": shop,
        }
        for minute in range(120)
        for shop in "ab"
        for odd in [shop == "b" and minute == 119]
    ]
    (tmp_path / "k.jsonl").write_text("\n".join([*map(json.dumps, events), ""]))
    assert run("replay", "k.jsonl", "Mode=keys") == 1
    assert capsys.readouterr().err == "Streams:Keys:Field must name the fields of a key.\n"
    assert run("replay", "k.jsonl", "Mode=keys", "Keys:Field=shop", "--output", "r.jsonl") == 2
    results = documents(tmp_path / "r.jsonl")
    assert [one["key"] for one in results if one["result"] == "High Outlier"][-1] == "b"
    assert results[-1]["result"] == "High Outlier"
    assert results[-1]["expectedValue"] == pytest.approx(101, abs=5)
