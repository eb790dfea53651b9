"""`python -m anomaly_container meter`, as an operator starts it, kills it and starts it again."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from tests.support.usage_records import NAMES, body, record_id, wire
from tests.system.server import SECONDS_TO_START, SECONDS_TO_STOP, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "metering.md").read_text()
KEY = "s3cret-of-the-meter"


@dataclass(frozen=True)
class Meter:
    """A running metering endpoint."""

    process: subprocess.Popen[str]
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/metering/v1"

    def send(self, number: int) -> int:
        headers = {"Ocp-Apim-Subscription-Key": KEY, "Idempotency-Key": record_id(number)}
        return requests.post(
            f"{self.url}/usage", data=body(wire(number)), headers=headers, timeout=10
        ).status_code

    def calls(self) -> int:
        """What it reports as calls of one operation; each record has 12."""
        headers = {"Ocp-Apim-Subscription-Key": KEY}
        totals = requests.get(f"{self.url}/report", headers=headers, timeout=10).json()["totals"]
        return {total["name"]: int(total["quantity"]) for total in totals}.get(NAMES[0], 0)

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.process.communicate()
            try:
                if requests.get(f"{self.url}/health", timeout=5).status_code == 200:
                    return
            except requests.ConnectionError:
                time.sleep(0.05)
        message = f"not ready after {SECONDS_TO_START} seconds"
        raise TimeoutError(message)

    def stop(self, stop_signal: int = signal.SIGTERM) -> tuple[str, str]:
        self.process.send_signal(stop_signal)
        return self.process.communicate(timeout=SECONDS_TO_STOP)


def spawn(port: int, *words: str, **environ: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603  # our own program with the words of a test
        [sys.executable, "-m", "anomaly_container", "meter", f"Port={port}", *words],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextlib.contextmanager
def running(*words: str, **environ: str) -> Iterator[Meter]:
    """An endpoint on the loopback device that has ended when the block does."""
    port = free_port()
    meter = Meter(spawn(port, *words, **environ), port)
    try:
        meter.wait_until_ready()
        yield meter
    finally:
        meter.process.kill()
        meter.process.communicate()


def test_it_says_where_it_keeps_what_and_stops_on_a_signal(tmp_path: Path) -> None:
    directory = tmp_path / "made" / "metering"
    with running(f"Directory={directory}", Meter__Keys=KEY) as meter:
        assert meter.send(1) == 201
        began = time.monotonic()
        out, err = meter.stop()
        assert time.monotonic() - began < SECONDS_TO_STOP / 2
    assert meter.process.returncode == 0
    assert out.splitlines() == [
        f"Using '{directory}' for usage records.",
        f"Now listening on: http://127.0.0.1:{meter.port}",
        "Press Ctrl+C to shut down.",
    ]
    assert err == ""


def test_without_keys_and_directory_it_warns_and_leaves_nothing(tmp_path: Path) -> None:
    with running(TMPDIR=str(tmp_path)) as meter:
        [directory] = tmp_path.iterdir()
        assert directory.stat().st_mode & 0o777 == 0o700
        assert meter.send(1) == 201
        out, err = meter.stop(signal.SIGINT)
    assert out.splitlines()[:3] == [
        f"Using '{directory}' for usage records.",
        "WARNING: No Directory is given: the usage records are lost when this command ends.",
        "WARNING: No Keys are given: any key that is not blank is accepted.",
    ]
    assert err == ""
    assert meter.process.returncode == 0
    assert not list(tmp_path.iterdir())


def test_what_was_acknowledged_outlives_kill_9_and_is_counted_once(tmp_path: Path) -> None:
    """Kill it amid records; every one it answered is kept, and sending all again makes the count exact."""
    acknowledged: list[int] = []
    with running(f"Directory={tmp_path}", Meter__Keys=KEY) as meter:
        executioner = threading.Timer(0.3, meter.process.kill)
        executioner.start()
        with contextlib.suppress(requests.ConnectionError):
            for number in count(1):
                assert meter.send(number) == 201
                acknowledged.append(number)
        executioner.join()
    assert acknowledged
    records = len(acknowledged) + 1
    with running(f"Directory={tmp_path}", Meter__Keys=KEY) as meter:
        assert meter.calls() in {12 * (records - 1), 12 * records}
        answers = {number: meter.send(number) for number in range(1, records + 1)}
        assert {answers[number] for number in acknowledged} == {200}
        assert set(answers.values()) <= {200, 201}
        assert meter.calls() == 12 * records


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_the_documented_requests_get_the_documented_answers(tmp_path: Path) -> None:
    [start, *commands], answers = blocks("sh"), blocks("json")
    program, option, module, command, *words = shlex.split(start)
    assert (program, option, module, command) == ("python", "-m", "anomaly_container", "meter")
    documented = [word for word in words if not word.startswith(("Directory=", "Port="))]
    with running(*documented, f"Directory={tmp_path}") as meter:
        for text, answer in zip(commands, answers, strict=True):
            program, *arguments = shlex.split(
                text.replace("127.0.0.1:5001", f"127.0.0.1:{meter.port}").replace("\\\n", " ")
            )
            assert program == "curl"
            assert request(arguments) == json.loads(answer)


def request(arguments: list[str]) -> object:
    """Do what curl would: `-s`, `-H`, `-d` and one URL."""
    headers, data, url = {}, None, ""
    words = iter(arguments)
    for word in words:
        if word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            data = next(words)
        elif word != "-s":
            url = word
    response = requests.request(
        "GET" if data is None else "POST", url, headers=headers, data=data, timeout=10
    )
    return response.json()


def test_the_service_of_the_settings_is_the_same_endpoint(tmp_path: Path) -> None:
    port = free_port()
    words = ["Service=meter", f"Port={port}", f"Directory={tmp_path}", f"Keys={KEY}"]
    process = subprocess.Popen(  # noqa: S603  # our own program with the words of a test
        [sys.executable, "entrypoint.py", *words],
        cwd=ROOT,
        # A folder that is not there: it is for the figures of a server of several processes.
        env={"PATH": os.environ["PATH"], "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "absent")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    meter = Meter(process, port)
    try:
        meter.wait_until_ready()
        assert meter.send(1) == 201
        assert requests.get(f"http://127.0.0.1:{port}/livez", timeout=10).text == "ok"
        out, err = meter.stop()
    finally:
        process.kill()
        process.communicate()
    assert (process.returncode, err) == (0, "")
    assert f"Now listening on: http://127.0.0.1:{port}\n" in out
