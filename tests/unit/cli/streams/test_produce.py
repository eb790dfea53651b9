"""The verb `produce`.

The smallest example: `streams produce a.jsonl --count 2` appends two lines whose times are a year ago.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from anomaly_container.cli.streams import produce
from anomaly_container.services.streams import sample
from tests.support.samples import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., int]


def test_events_are_appended_in_the_order_of_their_times(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"before": 1}\n')
    assert run("produce", "a.jsonl", "--count", "200", "--rate", "10000") == 0
    first, *events = map(json.loads, (tmp_path / "a.jsonl").read_text().splitlines())
    times = [datetime.fromisoformat(event["timestamp"]) for event in events]
    assert first == {"before": 1}
    assert len(events) == 200
    assert times == sorted(times)
    assert timedelta(weeks=50) < datetime.now(UTC) - times[0] < timedelta(weeks=53)


def test_hours_and_days_of_the_week_are_those_of_the_sample(sample_lines: list[bytes]) -> None:
    made = list(islice(produce.events_from(1, 1_800_000_000.0), 4300))
    skipped = produce.SKIPPED
    for (seconds, line), before in zip(made[:4200], sample_lines[skipped:], strict=False):
        then, now = (datetime.fromisoformat(json.loads(one)["timestamp"]) for one in (before, line))
        assert (now - then) % timedelta(weeks=1) == timedelta(0)
        assert now.timestamp() == pytest.approx(seconds, abs=1e-3)
    following = next(iter(sample.lines(2)))
    gap = made[4200][0] - made[4199][0]
    assert json.loads(made[4200][1])["response_time"] == json.loads(following)["response_time"]
    assert 0 < gap < 3600


def test_the_rate_is_kept(run: Run) -> None:
    began = time.monotonic()
    assert run("produce", "a.jsonl", "--count", "21", "--rate", "40") == 0
    assert 0.45 < time.monotonic() - began < 5.0


def test_no_event_comes_before_its_time(tmp_path: Path) -> None:
    path, now = tmp_path / "a.jsonl", time.time()
    produce.append(path, iter([(now - 10, b"past\n"), (now + 0.4, b"soon\n")]), 10_000.0)
    assert time.time() >= now + 0.4
    assert path.read_bytes() == b"past\nsoon\n"


def test_a_large_file_is_put_aside(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(produce, "MOST_BYTES", 1000)
    assert run("produce", "a.jsonl", "--count", "10", "--rate", "10000") == 0
    sizes = [(tmp_path / name).stat().st_size for name in ("a.jsonl.1", "a.jsonl")]
    assert 1000 <= sizes[0] < 1200
    assert sizes[1] < 1000


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it(tmp_path: Path, number: signal.Signals) -> None:
    path = tmp_path / "a.jsonl"
    words = [sys.executable, str(ROOT / "entrypoint.py"), "streams", "produce", str(path), "--rate", "5"]
    with subprocess.Popen(words, stderr=subprocess.PIPE) as process:  # noqa: S603  # our own code
        deadline = time.monotonic() + 30
        while not path.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(number)
        assert process.wait(10) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert path.read_bytes().endswith(b"}\n")


def test_a_file_that_cannot_be_written_is_an_error(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("produce", ".", "--count", "1") == 1
    assert capsys.readouterr().err == ".: Is a directory\n"
