"""The verbs of `batches` as processes, and `make batches`.

The smallest example: two files of 100 rows of 4 columns are produced and backfilled; the metering endpoint is
told of 2 files and 2 thousand points, as each file begins one thousand.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from tests.support.samples import ROOT
from tests.system.make_target import commands_of
from tests.system.metering import receiver
from tests.system.server import ENTRYPOINT, KEY, SECONDS_TO_START, SECONDS_TO_STOP, free_port, is_open
from tests.system.sessions import session_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.system.metering import Receiver

SECONDS_FOR_A_FILE = 60.0
"""`make batches` shows a scored file within a minute."""


def verb_words(*words: str) -> list[str]:
    """A verb by the entry point, as it is run in a container."""
    return [sys.executable, str(ENTRYPOINT), "batches", *words]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # our own command
        verb_words(*words),
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS_FOR_A_FILE,
    )


def licence(endpoint: Receiver, output: Path) -> list[str]:
    return ["Eula=accept", f"Billing={endpoint.url}/", f"ApiKey={KEY}", f"Mounts:Output={output}"]


def wait_until(holds: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_files_are_produced_scored_offline_and_backfilled(tmp_path: Path) -> None:
    store = tmp_path / "store"
    produced = run("produce", "--count", "2", "--every", "0", "--seed", "1", f"Url={store.as_uri()}")
    assert (produced.returncode, produced.stderr) == (0, "")
    files = [store / key for key in produced.stdout.split()]
    assert len(files) == 2

    out = tmp_path / "out"
    scored = run("score", *map(str, files), "--out", str(out))
    assert scored.returncode == 2
    assert scored.stdout == ""

    with receiver(tmp_path / "received") as endpoint:
        done = run("backfill", f"Url={store.as_uri()}", "Concurrency=1", *licence(endpoint, tmp_path))
        assert done.returncode == 0, done.stderr
        assert endpoint.totals() == {"BatchDetect": 2, "DataPoints": 2}
        again = run("backfill", f"Url={store.as_uri()}", *licence(endpoint, tmp_path))
        assert again.stdout == "0 objects, 0 rows, 0 anomalies, 0 dead letters\n"
        assert endpoint.totals() == {"BatchDetect": 2, "DataPoints": 2}
    summaries = [json.loads(path.read_bytes()) for path in (store / "processed").glob("*_summary.json")]
    assert sum(one["total_rows"] for one in summaries) == 200
    found = sum(one["anomaly_count"] for one in summaries)
    assert done.stdout == f"2 objects, 200 rows, {found} anomalies, 0 dead letters\n"
    # The first one has the same baseline before it, offline and in the store.
    first = files[0].name
    if json.loads((store / "processed" / f"{Path(first).stem}_summary.json").read_bytes())["revision"] == 1:
        assert (out / first).read_bytes() == (store / "processed" / first).read_bytes()


def test_a_killed_backfill_is_continued_and_counts_each_file_once(tmp_path: Path) -> None:
    """The next one has the same metering directory, and so the same line of usage in the state."""
    store, files = tmp_path / "store", 60
    words = ("produce", "--count", str(files), "--every", "0", "--rows", "501", f"Url={store.as_uri()}")
    assert run(*words).returncode == 0
    with receiver(tmp_path / "received") as endpoint:
        backfill = verb_words("backfill", f"Url={store.as_uri()}", *licence(endpoint, tmp_path))
        process = subprocess.Popen(  # noqa: S603  # our own command
            backfill, env={"PATH": os.environ["PATH"]}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until((store / "state" / "batches.json").exists, SECONDS_TO_START)
        process.kill()
        process.wait()
        done = run(*backfill[3:])
        assert done.returncode == 0, done.stderr
        # 2004 points of each file are three thousand begun.
        assert endpoint.totals() == {"BatchDetect": files, "DataPoints": 3 * files}
    state = json.loads((store / "state" / "batches.json").read_bytes())
    assert state["totals"]["files"] == files
    assert state["totals"]["rows"] == files * 501
    assert len(list((store / "processed").glob("*_summary.json"))) == files


def test_an_interrupted_backfill_says_so_and_the_next_one_counts_what_it_did(tmp_path: Path) -> None:
    store, files = tmp_path / "store", 100
    words = ("produce", "--count", str(files), "--every", "0", "--rows", "20", f"Url={store.as_uri()}")
    assert run(*words).returncode == 0
    with receiver(tmp_path / "received") as endpoint:
        backfill = verb_words("backfill", f"Url={store.as_uri()}", *licence(endpoint, tmp_path))
        process = subprocess.Popen(  # noqa: S603  # our own command
            backfill,
            env={"PATH": os.environ["PATH"]},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        wait_until((store / "state" / "batches.json").exists, SECONDS_TO_START)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=SECONDS_TO_START)
        assert process.returncode == 1, err
        assert err.splitlines()[-1] == "Interrupted."
        before = json.loads((store / "state" / "batches.json").read_bytes())["totals"]["files"]
        # A commit whose answer was not waited for counts at the next start.
        assert endpoint.totals()["BatchDetect"] <= before < files
        assert run(*backfill[3:]).returncode == 0
        assert endpoint.totals()["BatchDetect"] == files


def test_make_batches_scores_files_of_its_producer_until_it_is_interrupted(tmp_path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()
    recipe = (
        "\nbatches: install\n\tdeploy/run.sh $(BIN)/python $(APIKEY) $(METER_PORT) batches Host=$(HOST)"
        ' Port=$(PORT) Workers=$(WORKERS) "Url=file://$(CURDIR)/build/batches"\n'
    )
    assert recipe in makefile
    port, meter_port, store = free_port(), free_port(), tmp_path / "store"
    words = [
        *(str(ROOT / "deploy" / "run.sh"), sys.executable, "local", str(meter_port), "batches"),
        *("Host=127.0.0.1", f"Port={port}", "Workers=1", f"Url={store.as_uri()}"),
    ]
    process = subprocess.Popen(  # noqa: S603  # our own script
        words,
        env={"PATH": os.environ["PATH"]},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )

    def files() -> int:
        try:
            answer = requests.get(f"http://127.0.0.1:{port}/anomalies/summary", timeout=5)
        except requests.ConnectionError:
            assert process.poll() is None
            return 0
        return int(answer.json().get("files_processed", 0)) if answer.ok else 0

    try:
        wait_until(lambda: files() >= 1, SECONDS_FOR_A_FILE)
        wait_until(lambda: any((store / "processed").glob("*_summary.json")), SECONDS_TO_STOP)
        assert len(session_of(process.pid)) >= 4
        # As a terminal does on Ctrl+C.
        os.killpg(process.pid, signal.SIGINT)
        process.wait(SECONDS_TO_START)
        wait_until(lambda: not session_of(process.pid), SECONDS_TO_STOP)
        assert not is_open(port)
        assert not is_open(meter_port)
    finally:
        for pid in session_of(process.pid):
            os.kill(pid, signal.SIGKILL)
        process.wait()


def test_the_port_of_make_batches_is_8000_unless_one_is_given() -> None:
    assert " Port=8000 " in commands_of("batches")
    assert " Port=9000 " in commands_of("batches", "PORT=9000")
    assert " Port=9000 " in commands_of("batches", PORT="9000")
