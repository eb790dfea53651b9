"""Start, log, stop: what an operator sees of the process."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest
import requests

from anomaly_container.metering.counter_files import read_counters
from anomaly_container.metering.ledger import Ledger
from tests.support.payloads import ENTIRE_PATH, daily_body
from tests.support.usage_records import NAMES
from tests.system.clients import begun_query
from tests.system.metering import endpoint
from tests.system.server import (
    ENTRYPOINT,
    GATE,
    KEY,
    SECONDS_TO_START,
    SECONDS_TO_STOP,
    Server,
    free_port,
    is_open,
    running,
    spawn,
)

LOST = "/metering is not on a mount: usage that is not reported yet will end with the container."


def is_in_container() -> bool:
    return Path("/.dockerenv").exists() or Path("/run/.containerenv").exists()


def is_in_layer(folder: Path) -> bool:
    """Tell whether a folder lies in the writable layer of the container that the tests run in."""
    return is_in_container() and folder.stat().st_dev == Path("/").stat().st_dev


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


def test_the_log_of_a_start_is_that_of_the_container(tmp_path: Path) -> None:
    with (
        endpoint() as billing,
        running(
            [
                *("Eula=accept", f"Billing={billing.url}/", f"ApiKey={KEY}"),
                *(f"Mounts:Output={tmp_path}", "RAI_Terms=accept"),
            ]
        ) as server,
    ):
        out, err = server.stop()
    lines = out.splitlines()
    if is_in_layer(tmp_path):
        assert lines.pop(1).endswith(f" {tmp_path}{LOST}")
    assert lines == [
        "The setting RAI_Terms is accepted and has no effect yet.",
        f"Using '{tmp_path}' for writing logs and other output data.",
        "Logging to console.",
        f"Submitting metering to '{billing.url}/'.",
        "WARNING: No access control enabled!",
        "Hosting environment: Production",
        f"Now listening on: http://127.0.0.1:{server.port}",
        "Application started. Press Ctrl+C to shut down.",
    ]
    assert err == ""


def test_without_an_output_folder_the_log_says_what_is_lost_and_nothing_stays(tmp_path: Path) -> None:
    (tmp_path / "temporary").mkdir()
    words = [*GATE, f"Mounts:Output={tmp_path / 'none'}"]
    with running(words, {"TMPDIR": str(tmp_path / "temporary")}) as server:
        [metering] = (tmp_path / "temporary").glob("metering-*")
        out, _ = server.stop()
    lines = out.splitlines()
    assert f"{tmp_path / 'none'} is not there or not writable" in lines[0]
    assert "will end with the container" in lines[0]
    assert lines[1] == f"Using '{metering}' for writing logs and other output data."
    assert not metering.exists()


def test_a_folder_in_the_layer_of_the_container_is_told_and_a_mount_is_not(tmp_path: Path) -> None:
    if not is_in_container():
        pytest.skip("this process runs in no container")
    with running([*GATE, f"Mounts:Output={tmp_path}"]) as server:
        out, _ = server.stop()
    assert out.count(f" {tmp_path}{LOST}\n") == is_in_layer(tmp_path)


def test_a_second_container_on_one_folder_does_not_start(tmp_path: Path) -> None:
    words = [*GATE, f"Mounts:Output={tmp_path}"]
    with running(words):
        port = free_port()
        second = spawn([*words, "Host=127.0.0.1", f"Port={port}", "Workers=1"])
        out, err = second.communicate(timeout=SECONDS_TO_START)
    assert second.returncode == 1
    assert out == ""
    metering = tmp_path / "metering"
    assert err == f"The metering directory {metering} cannot be used: another container uses it.\n"
    assert not is_open(port)


def test_a_stop_finishes_what_is_asked_and_reports_it(tmp_path: Path) -> None:
    words = ["Eula=accept", f"ApiKey={KEY}", f"Mounts:Output={tmp_path}", "Metering:IntervalSeconds=600"]
    with endpoint() as billing, running([*words, f"Billing={billing.url}"], workers=2) as server:
        body = daily_body(8640)
        under_way = [begun_query(server, len(body)) for _ in range(2)]
        for connection in under_way:
            connection.send(body)
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        answers = [connection.getresponse().status for connection in under_way]
        for connection in under_way:
            connection.close()
        server.process.communicate(timeout=SECONDS_TO_STOP)
        assert time.monotonic() - began < SECONDS_TO_STOP
        assert server.process.returncode == 0
        assert answers == [200, 200]
        quantities = [[meter["quantity"] for meter in json.loads(body)["meters"]] for body in billing.bodies]
    assert [sum(column) for column in zip(*quantities, strict=True)] == [2, 0, 0, 18]


def test_before_the_sockets_close_probes_are_told_and_queries_answered() -> None:
    with running(workers=1) as server, requests.Session() as session:
        body = daily_body(24)
        assert session.get(f"{server.url}/readyz", timeout=10).text == "ok"
        under_way = begun_query(server, len(body))
        server.process.send_signal(signal.SIGTERM)
        while (probe := session.get(f"{server.url}/readyz", timeout=10)).status_code == 200:
            assert probe.text == "ok"
        assert (probe.status_code, probe.text) == (503, "not ready: The container is stopping.")
        # On the open connection and on a new one.
        assert session.post(f"{server.url}{ENTIRE_PATH}", data=body, timeout=10).status_code == 200
        assert requests.get(f"{server.url}/ready", timeout=10).json()["ready"] == "notready"
        # What began before the signal is finished too.
        under_way.send(body)
        assert under_way.getresponse().status == 200
        under_way.close()
        _, err = server.process.communicate(timeout=SECONDS_TO_STOP)
        assert server.process.returncode == 0
        assert err == ""
        assert not is_open(server.port)


def test_a_stop_is_not_held_up_by_an_endpoint_that_does_not_answer(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        words = ["Eula=accept", f"ApiKey={KEY}", f"Mounts:Output={tmp_path}"]
        billing = f"Billing=http://127.0.0.1:{silent.getsockname()[1]}"
        with running([*words, billing], workers=2) as server:
            assert (
                requests.post(f"{server.url}{ENTIRE_PATH}", data=daily_body(24), timeout=10).status_code
                == 200
            )
            began = time.monotonic()
            server.stop(signal.SIGTERM)
            assert time.monotonic() - began < SECONDS_TO_STOP
            assert server.process.returncode == 0
    assert kept(tmp_path / "metering") == [1, 0, 0, 1]


def kept(metering: Path) -> list[int]:
    """What is still to be reported, by meter: in records, or in the files of workers and in no record yet.

    A worker that stops while nobody leads any more makes a record of it; otherwise it stays in the files.
    """
    with closing(Ledger(metering)) as ledger:
        quantities = [record.quantities for record in ledger.pending()]
        quantities.append(ledger.owed(read_counters(metering)))
    return [sum(row.get(name, 0) for row in quantities) for name in NAMES]


def test_a_worker_is_replaced_after_its_share_of_requests() -> None:
    with running([*GATE, "Workers:MaxRequests=20"]) as server:
        [first] = server.worker_pids
        deadline = time.monotonic() + 30
        while first in server.worker_pids and time.monotonic() < deadline:
            with suppress(requests.ConnectionError):
                assert requests.get(f"{server.url}/livez", timeout=10).status_code == 200
        assert first not in server.worker_pids
        server.wait_until_it_answers("ready")
        assert server.process.poll() is None


def test_orphans_are_reaped_as_process_1_must() -> None:
    """The server inherits an orphan, as process 1 of a container inherits all, and the orphan ends."""
    port = free_port()
    program = (
        "import ctypes, os, sys\n"
        "PR_SET_CHILD_SUBREAPER = 36\n"
        "assert ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0\n"
        "parent = os.fork()\n"
        "if parent == 0:\n"
        "    if os.fork() == 0:\n"
        "        os.execvp('sleep', ['sleep', '100'])\n"
        "    os._exit(0)\n"
        "os.waitpid(parent, 0)\n"
        "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])\n"
    )
    words = [*GATE, "Host=127.0.0.1", f"Port={port}", "Workers=1"]
    process = subprocess.Popen(  # noqa: S603  # our own program with the words of a test
        [sys.executable, "-c", program, str(ENTRYPOINT), *words],
        env={"PATH": os.environ["PATH"]},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    server = Server(process, port)
    try:
        server.wait_until_it_answers("livez")
        [orphan] = [
            pid for pid in server.worker_pids if b"sleep" in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]
        os.kill(orphan, signal.SIGKILL)
        deadline = time.monotonic() + 30
        while orphan in server.worker_pids and time.monotonic() < deadline:
            time.sleep(0.1)
        assert orphan not in server.worker_pids, "a child that has ended stays until somebody waits for it"
    finally:
        server.stop()


def test_a_reload_replaces_the_workers_and_the_end_leaves_no_folder(tmp_path: Path) -> None:
    """Gunicorn runs its configuration again; what was made for this run alone is still known to be."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    words = [*GATE, f"Mounts:Output={tmp_path / 'absent'}"]
    with running(words, {"TMPDIR": str(temporary)}) as server:
        assert list(temporary.iterdir())
        before = set(server.worker_pids)
        server.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + SECONDS_TO_START
        while before & set(server.worker_pids):
            assert time.monotonic() < deadline, server.worker_pids
            time.sleep(0.05)
        server.wait_until_it_answers("ready")
        _, err = server.stop(signal.SIGTERM)
    assert (server.process.returncode, err) == (0, "")
    assert list(temporary.iterdir()) == []


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
