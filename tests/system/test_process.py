"""Start, log, stop: what an operator sees of the process."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest
import requests

from tests.payloads import ENTIRE_PATH, daily_body
from tests.system.server import GATE, KEY, SECONDS_TO_STOP, Server, is_open, running


@pytest.mark.parametrize("stop_signal", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_server_within_seconds(stop_signal: int) -> None:
    with running() as server:
        with requests.Session() as session:
            assert session.get(f"{server.url}/status", timeout=10).status_code == 200
            began = time.monotonic()
            _, err = server.stop(stop_signal)
        assert time.monotonic() - began < SECONDS_TO_STOP / 2
        assert server.process.returncode == 0
        assert err == ""
        assert not is_open(server.port)


def test_the_log_of_a_start_is_that_of_the_container() -> None:
    with running([*GATE, "Logging:Disk:Format=json"]) as server:
        out, err = server.stop()
    assert out.splitlines() == [
        "The setting Logging:Disk:Format is accepted and has no effect yet.",
        "Logging to console.",
        "WARNING: No access control enabled!",
        "Hosting environment: Production",
        f"Now listening on: http://127.0.0.1:{server.port}",
        "Application started. Press Ctrl+C to shut down.",
    ]
    assert err == ""


@pytest.mark.parametrize(
    ("words", "environ"),
    [
        (["EULA=ACCEPT", "billing=http://127.0.0.1:5001/", f"APIKEY={KEY}"], {}),
        ([], {"eula": "accept", "BILLING": "http://127.0.0.1:5001/", "ApiKey": KEY}),
        (["Eula=accept"], {"Eula": "no", "Billing": "https://127.0.0.1/", "apikey": KEY}),
    ],
)
def test_the_gate_opens_from_either_source_in_any_case(words: list[str], environ: dict[str, str]) -> None:
    with running(words, environ) as server:
        assert requests.get(f"{server.url}/ready", timeout=10).status_code == 200


def test_the_key_is_in_no_process_title_and_no_output() -> None:
    with running() as server:
        assert requests.post(f"{server.url}{ENTIRE_PATH}", data=b"{", timeout=10).status_code == 400
        pids = [server.process.pid, *server.worker_pids]
        assert len(pids) == 2
        titles = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids]
        out, err = server.stop()
    assert all(b"gunicorn" in title for title in titles)
    assert not [title for title in titles if KEY.encode() in title]
    assert KEY not in out + err


def test_each_worker_is_a_process_that_is_replaced_when_it_dies() -> None:
    with running(workers=2) as server:
        deadline = time.monotonic() + 30
        while len(server.worker_pids) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        before = server.worker_pids
        assert len(before) == 2
        victim = Path(f"/proc/{before[0]}")
        os.kill(before[0], signal.SIGKILL)
        while (len(server.worker_pids) < 2 or victim.exists()) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert before[0] not in server.worker_pids
        assert requests.post(f"{server.url}{ENTIRE_PATH}", data=daily_body(48), timeout=10).status_code == 200
        assert len(server.worker_pids) == 2


def test_a_limit_given_on_the_command_line_is_kept() -> None:
    with running([*GATE, "Limits:MaxPoints=20"]) as server:
        url = f"{server.url}{ENTIRE_PATH}"
        assert requests.post(url, data=daily_body(20), timeout=10).status_code == 200
        refused = requests.post(url, data=daily_body(21), timeout=10)
        assert refused.json()["message"] == "The 'series' field cannot have more than 20 points."


def test_probes_are_answered_while_the_longest_series_is_worked_on(server: Server) -> None:
    answers: list[int] = []
    body = daily_body(8640)

    def send() -> None:
        answers.append(requests.post(f"{server.url}{ENTIRE_PATH}", data=body, timeout=60).status_code)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    probes = 0
    while any(thread.is_alive() for thread in threads):
        assert requests.get(f"{server.url}/ready", timeout=5).status_code == 200
        probes += 1
    assert answers == [200] * 4
    assert probes > 0
