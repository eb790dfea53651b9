"""The commands that start the server, as the README has them."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import requests

from tests.support.payloads import ENTIRE_PATH, daily_body
from tests.support.samples import ROOT, read
from tests.system.server import SECONDS_TO_START, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

COMMANDS = [line for block in read("README.md") if block.language == "sh" for line in block.text.splitlines()]
SECONDS_TO_STOP = 30


@contextmanager
def started(words: Sequence[str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The process of a command, once it serves on a port; it is told to end with the block."""
    process = subprocess.Popen(  # noqa: S603  # our own commands
        words,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + SECONDS_TO_START
        while not serves(port):
            assert process.poll() is None, "it ended before it served"
            assert time.monotonic() < deadline, "it does not serve"
            time.sleep(0.05)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(SECONDS_TO_STOP)


def serves(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/ready", timeout=5).status_code == 200
    except requests.ConnectionError:
        return False


def api_status(port: int) -> str:
    return str(requests.get(f"http://127.0.0.1:{port}/status", timeout=30).json()["apiStatus"])


def test_the_entry_point_starts_with_three_words() -> None:
    [command] = [line for line in COMMANDS if line.startswith("python entrypoint.py")]
    port = free_port()
    words = [sys.executable, *shlex.split(command)[1:], "Host=127.0.0.1", f"Port={port}", "Workers=1"]
    with started(words, port) as process:
        assert requests.post(f"http://127.0.0.1:{port}{ENTIRE_PATH}", data=daily_body(24), timeout=30).ok
    assert process.returncode == 0


def test_make_run_serves_with_its_metering_endpoint_beside_it() -> None:
    assert [line.split()[:2] for line in COMMANDS if line.startswith("make")] == [
        ["make", "run"],
        ["make", "test"],
    ]
    assert (
        "\nrun: install\n\tdeploy/run.sh $(BIN)/python $(APIKEY) $(METER_PORT) Host=$(HOST) Port=$(PORT)"
        in (ROOT / "Makefile").read_text()
    )
    port, meter_port = free_port(), free_port()
    words = [str(ROOT / "deploy" / "run.sh"), sys.executable, "local", str(meter_port)]
    with started([*words, "Host=127.0.0.1", f"Port={port}", "Workers=1"], port):
        assert requests.post(f"http://127.0.0.1:{port}{ENTIRE_PATH}", data=daily_body(24), timeout=30).ok
        deadline = time.monotonic() + SECONDS_TO_START
        while api_status(port) != "Valid":
            assert time.monotonic() < deadline, "the endpoint beside it does not know its key"
            time.sleep(0.05)
        report = requests.get(
            f"http://127.0.0.1:{meter_port}/metering/v1/report",
            headers={"Ocp-Apim-Subscription-Key": "local"},
            timeout=30,
        )
        assert report.status_code == 200
    assert not serves(port)
