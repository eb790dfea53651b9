"""A service in one process: its lines, its exit codes and its end.

The smallest example: with a port in use it writes one line to standard error and returns 1.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from typing import TYPE_CHECKING

import pytest
import requests

from anomaly_container.process import alone
from anomaly_container.process.launch import serve
from tests.system.server import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LOGGERS = ("", "anomaly_container.start", "anomaly_container.requests", "gunicorn.error")
SECONDS = 10


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Take back what a process does to its log."""
    kept = [(logging.getLogger(name), logging.getLogger(name).handlers[:]) for name in LOGGERS]
    state = [(logger.level, logger.propagate) for logger, _ in kept]
    yield
    for (logger, handlers), (level, propagate) in zip(kept, state, strict=True):
        logger.handlers[:] = handlers
        logger.setLevel(level)
        logger.propagate = propagate


def end_of(port: int, before: Callable[[str], object]) -> threading.Thread:
    """A thread that waits for the server, does something and stops this process as an operator would."""

    def wait() -> None:
        url = f"http://127.0.0.1:{port}"
        for _ in range(SECONDS * 20):
            try:
                requests.get(f"{url}/livez", timeout=SECONDS)
            except requests.ConnectionError:
                threading.Event().wait(0.05)
                continue
            try:
                before(url)
            finally:
                # There is a handler: it serves until it gets the signal.
                os.kill(os.getpid(), signal.SIGTERM)
            return

    return threading.Thread(target=wait)


def test_it_serves_until_a_signal_and_ends_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    port, pages = free_port(), list[str]()
    operator = end_of(port, lambda url: pages.append(requests.get(f"{url}/readyz", timeout=SECONDS).text))
    operator.start()
    assert serve([f"Port={port}", f"Directory={tmp_path}", "Keys=key"], "meter") == 0
    operator.join()
    assert pages == ["ok"]
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        f"Using '{tmp_path}' for usage records.",
        f"Now listening on: http://127.0.0.1:{port}",
        "Press Ctrl+C to shut down.",
    ]
    assert err == ""


def test_the_setting_starts_it_as_the_command_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    operator = end_of(port, lambda _url: None)
    operator.start()
    assert serve(["Service=meter", f"Meter:Port={port}", f"Directory={tmp_path}", "Keys=key"]) == 0
    operator.join()
    assert f"Now listening on: http://127.0.0.1:{port}\n" in capsys.readouterr().out


def test_a_request_that_does_not_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alone, "SECONDS_TO_FINISH", 0.2)
    port, opened = free_port(), list[socket.socket]()

    def stall(_url: str) -> None:
        connection = socket.create_connection(("127.0.0.1", port))
        connection.sendall(b"POST /metering/v1/usage HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n")
        connection.sendall(b"Ocp-Apim-Subscription-Key: key\r\n\r\n{")
        opened.append(connection)
        threading.Event().wait(0.2)

    operator = end_of(port, stall)
    operator.start()
    # The body itself may take a minute.
    words = [f"Port={port}", f"Directory={tmp_path}", "Keys=key", "Limits:BodySeconds=60"]
    assert serve(words, "meter") == 0
    operator.join()
    opened[0].close()


def test_a_port_in_use_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        assert serve([f"Directory={tmp_path}", f"Port={port}", "Keys=key"], "meter") == 1
    out, err = capsys.readouterr()
    assert out == f"Using '{tmp_path}' for usage records.\n"
    assert err.startswith(f"Cannot listen on 127.0.0.1:{port}: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("host", ["256.256.256.256", "name.invalid", "2001:db8::1"])
def test_an_address_of_another_machine_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], host: str
) -> None:
    assert serve([f"Directory={tmp_path}", f"Host={host}", "Keys=key"], "meter") == 1
    shown = f"[{host}]" if ":" in host else host
    err = capsys.readouterr().err
    assert err.startswith(f"Cannot listen on {shown}:5001: ")
    assert err.count("\n") == 1


def test_a_service_that_cannot_open_says_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "usage.sqlite3").write_bytes(b"no database" * 100)
    assert serve([f"Directory={tmp_path}"], "meter") == 1
    assert capsys.readouterr() == (
        "",
        f"The usage records in '{tmp_path}' cannot be used: file is not a database.\n",
    )


def test_settings_that_are_wrong_are_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert serve(["Port=x", "Path=x"], "meter") == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.split(". ")[0] for line in err.splitlines()] == ["Invalid Meter:Port", "Invalid Meter:Path"]
