"""`make streams`: the sample replayed, and then a service on a file that a producer appends to.

The smallest example: after the start, `GET /streams/v1/anomalies` soon has the first of the events that are
nine times slower.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import requests

from tests.support.samples import ROOT
from tests.system.make_target import commands_of
from tests.system.server import free_port, is_open
from tests.system.sessions import session_of
from tests.system.streams.processes import wait_until

if TYPE_CHECKING:
    from pathlib import Path

SECONDS_TO_FIND = 180.0
SECONDS_TO_STOP = 30.0


def test_make_streams_finds_the_first_episode_until_it_is_interrupted(tmp_path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()
    recipe = (
        "\nstreams: install\n\tdeploy/run.sh $(BIN)/python $(APIKEY) $(METER_PORT) streams "
        '"$(CURDIR)/build/streams" Host=$(HOST) Port=$(PORT) Workers=$(WORKERS)\n'
    )
    assert recipe in makefile
    port, meter_port, folder = free_port(), free_port(), tmp_path / "streams"
    words = [
        *(str(ROOT / "deploy" / "run.sh"), sys.executable, "local", str(meter_port), "streams", str(folder)),
        *("Host=127.0.0.1", f"Port={port}", "Workers=1"),
    ]
    with (tmp_path / "out").open("wb") as out:
        process = subprocess.Popen(  # noqa: S603  # our own script
            words, env={"PATH": os.environ["PATH"]}, stdout=out, stderr=out, start_new_session=True
        )

    def alarm() -> str | None:
        assert process.poll() is None, (tmp_path / "out").read_text()
        try:
            answer = requests.get(f"http://127.0.0.1:{port}/streams/v1/state", timeout=5)
        except requests.ConnectionError:
            return None
        state: str | None = answer.json()["alarms"].get("anomalies") if answer.ok else None
        return state

    try:
        wait_until(lambda: alarm() == "ALARM", SECONDS_TO_FIND, (tmp_path / "out").read_text)
        found = requests.get(f"http://127.0.0.1:{port}/streams/v1/anomalies", timeout=5).json()
        assert "response_time" in str(found)
        assert "one time-out" in (folder / "report.html").read_text()
        assert "OK -> ALARM" in (tmp_path / "out").read_text()
        # As a terminal does on Ctrl+C.
        os.killpg(process.pid, signal.SIGINT)
        process.wait(SECONDS_TO_STOP)
        wait_until(lambda: not session_of(process.pid), SECONDS_TO_STOP, (tmp_path / "out").read_text)
        assert not is_open(port)
        assert not is_open(meter_port)
    finally:
        for pid in session_of(process.pid):
            os.kill(pid, signal.SIGKILL)
        process.wait()


def test_the_port_of_make_streams_is_8080_unless_one_is_given() -> None:
    assert " Port=8080 " in commands_of("streams")
    assert " Port=9000 " in commands_of("streams", "PORT=9000")
    assert " Port=9000 " in commands_of("streams", PORT="9000")
