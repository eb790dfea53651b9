"""The log files of a server with several workers."""

from __future__ import annotations

import json
import platform
import time
from typing import TYPE_CHECKING

import requests

from tests.support.payloads import ENTIRE_PATH, daily_body
from tests.system.server import GATE, KEY, SECONDS_TO_START, free_port, is_open, running, spawn

if TYPE_CHECKING:
    from pathlib import Path

SENTINEL = 31415.926535


def entries(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for file in folder.iterdir() for line in file.read_bytes().splitlines()]


def wait_for_files(folder: Path, count: int) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while len(list(folder.iterdir())) < count and time.monotonic() < deadline:
        time.sleep(0.01)


def test_every_process_writes_its_own_file_of_json_lines(tmp_path: Path) -> None:
    words = [*GATE, f"Mounts:Output={tmp_path}", "Logging:Disk:Format=json", "Logging:Disk:LogLevel=Trace"]
    folder = tmp_path / "anomalydetector" / platform.node()
    with running(words, workers=2) as server:
        pids = {server.process.pid, *server.worker_pids}
        body = json.loads(daily_body(48))
        body["series"][7]["value"] = SENTINEL
        for sent in (json.dumps(body), json.dumps(body)[:-5]):
            requests.post(f"{server.url}{ENTIRE_PATH}", data=sent, timeout=10)
        wait_for_files(folder, len(pids))
        out, err = server.stop()
    by_file = {file.name: file.read_bytes().splitlines() for file in folder.iterdir()}
    assert {int(name.split("-")[1]) for name in by_file} == pids
    for name, lines in by_file.items():
        assert {json.loads(line)["process"] for line in lines} == {int(name.split("-")[1])}
    messages = [entry["message"] for entry in entries(folder) if entry["level"] == "Information"]
    assert "Application started. Press Ctrl+C to shut down." in messages
    assert "Application started. Press Ctrl+C to shut down." in out.splitlines()
    written = "".join(file.read_text() for file in folder.iterdir()) + out + err
    assert KEY not in written
    assert str(SENTINEL) not in written


def test_a_server_that_has_no_mount_for_its_log_files_does_not_start(tmp_path: Path) -> None:
    port = free_port()
    absent = tmp_path / "absent"
    words = [*GATE, f"Mounts:Output={absent}", "Logging:Disk:Format=json"]
    process = spawn([*words, "Host=127.0.0.1", f"Port={port}", "Workers=1"])
    out, err = process.communicate(timeout=SECONDS_TO_START)
    assert (process.returncode, out) == (1, "")
    assert err == (
        "Logging:Disk:Format=json needs an output mount that can be written: "
        f"{absent}: No such file or directory.\n"
    )
    assert not is_open(port)
