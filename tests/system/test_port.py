"""A port that cannot be had, and signals that must not start a second server."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
import requests

from tests.payloads import ENTIRE_PATH, daily_body
from tests.samples import ROOT
from tests.system.metering import endpoint
from tests.system.server import GATE, KEY, SECONDS_TO_START, free_port, is_open, running, spawn

if TYPE_CHECKING:
    from pathlib import Path

IN_USE = "the port is in use. End what uses it, or choose another one with Port=<number>."


def refusal(words: list[str]) -> tuple[int, str, str]:
    process = spawn([*GATE, *words])
    out, err = process.communicate(timeout=SECONDS_TO_START)
    return process.returncode, out, err


def processor_seconds(words: list[str]) -> float:
    """The seconds of processor that a start takes until it refuses: the wall's depend on who else works."""
    before = os.times()
    refusal(words)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def test_a_port_in_use_ends_the_start_with_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        words = ["Host=127.0.0.1", f"Port={port}"]
        assert refusal(words) == (1, "", f"Cannot listen on 127.0.0.1:{port}: {IN_USE}\n")
        assert processor_seconds(words) < 1.0
        # It is refused before anything is made, and not tried again: gunicorn would, for five seconds.
        bare = min(wall_seconds([]) for _ in range(3))
        assert min(wall_seconds(words) for _ in range(3)) < bare + 1.0


def wall_seconds(words: list[str]) -> float:
    """How long a start takes that is refused; without words, for the settings that it needs."""
    began = time.monotonic()
    spawn([*GATE, *words] if words else []).communicate(timeout=SECONDS_TO_START)
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("192.0.2.1", "this machine has no such address. Choose one that it has with Host=<address>"),
        ("name.invalid", "the name cannot be resolved. Choose an address with Host=<address>"),
    ],
)
def test_an_address_of_others_ends_the_start_with_one_sentence(host: str, reason: str) -> None:
    code, out, err = refusal([f"Host={host}", "Port=5000"])
    assert (code, out) == (1, "")
    assert err.startswith(f"Cannot listen on {host}:5000: {reason}")
    assert err.count("\n") == 1


def test_a_port_that_is_taken_meanwhile_is_told_in_the_same_words(tmp_path: Path) -> None:
    """Gunicorn begins seconds after the first look; nothing that was made for the start stays."""
    (tmp_path / "temporary").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        process = subprocess.run(  # noqa: S603  # our own program with the words of a test
            [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "config" / "gunicorn.conf.py")],
            env={
                "PATH": os.environ["PATH"],
                "TMPDIR": str(tmp_path / "temporary"),
                "Mounts__Output": str(tmp_path / "none"),
                "Host": "127.0.0.1",
                "Port": str(port),
                **dict(word.split("=", 1) for word in GATE),
            },
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS_TO_START,
        )
    assert process.returncode == 1
    assert process.stderr == f"Cannot listen on 127.0.0.1:{port}: {IN_USE}\n"
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_server_begins_on_the_port_that_one_has_just_left() -> None:
    """Connections that wait for their end are no reason to refuse."""
    with running() as first, requests.Session() as session:
        assert session.get(f"{first.url}/livez", timeout=10).status_code == 200
        first.stop()
    second = spawn([*GATE, "Host=127.0.0.1", f"Port={first.port}", "Workers=1"])
    try:
        deadline = time.monotonic() + SECONDS_TO_START
        while not is_open(first.port):
            assert second.poll() is None, second.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        second.send_signal(signal.SIGINT)
        second.communicate(timeout=SECONDS_TO_START)


def test_it_listens_on_version_6() -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listening:
        port = listening.getsockname()[1]
        assert refusal(["Host=[::1]", f"Port={port}"]) == (
            1,
            "",
            f"Cannot listen on [::1]:{port}: {IN_USE}\n",
        )
    process = spawn([*GATE, "Host=::1", f"Port={port}", "Workers=1"])
    try:
        deadline = time.monotonic() + SECONDS_TO_START
        while True:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            try:
                assert requests.get(f"http://[::1]:{port}/livez", timeout=10).status_code == 200
                break
            except requests.ConnectionError:
                time.sleep(0.05)
    finally:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=SECONDS_TO_START)
    assert f"Now listening on: http://[::1]:{port}" in out
    assert err == ""


def test_make_run_names_its_own_variables() -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        taken = listening.getsockname()[1]
        for meter_port, words, place, variable in (
            (port, ["Host=0.0.0.0", f"Port={taken}"], f"0.0.0.0:{taken}", "PORT"),
            (taken, ["Host=127.0.0.1", f"Port={port}"], f"127.0.0.1:{taken}", "METER_PORT"),
        ):
            process = subprocess.run(  # noqa: S603  # our own script
                [str(ROOT / "deploy" / "run.sh"), sys.executable, "local", str(meter_port), *words],
                env={"PATH": os.environ["PATH"]},
                capture_output=True,
                text=True,
                check=False,
                timeout=SECONDS_TO_START,
            )
            assert process.returncode == 1
            assert process.stdout == ""
            assert process.stderr == f"Cannot listen on {place}: {IN_USE} With make: {variable}=<number>.\n"


def test_sigusr2_starts_no_second_server_however_often_it_comes(tmp_path: Path) -> None:
    """Gunicorn would start another one on the same port, with the same counts."""
    with endpoint() as billing:
        words = ["Eula=accept", f"Billing={billing.url}", f"ApiKey={KEY}", f"Mounts:Output={tmp_path}"]
        with running(words) as server:
            workers = server.worker_pids
            for _ in range(2):
                server.process.send_signal(signal.SIGUSR2)
                time.sleep(1.5)
                assert server.worker_pids == workers
                assert requests.post(f"{server.url}{ENTIRE_PATH}", data=daily_body(24), timeout=30).ok
            # A reload still replaces the worker, and keeps the port.
            server.process.send_signal(signal.SIGHUP)
            deadline = time.monotonic() + SECONDS_TO_START
            while set(workers) & set(server.worker_pids):
                assert time.monotonic() < deadline, server.worker_pids
                time.sleep(0.05)
            assert requests.post(f"{server.url}{ENTIRE_PATH}", data=daily_body(24), timeout=30).ok
            out, err = server.stop(signal.SIGTERM)
    assert server.process.returncode == 0
    assert err == ""
    said = [line for line in out.splitlines() if "SIGUSR2" in line]
    assert (
        said
        == ["SIGUSR2 does nothing here: start another container for a new version, and stop this one."] * 2
    )
