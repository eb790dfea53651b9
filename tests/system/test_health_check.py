"""The health check of the image, word for word, beside servers of every kind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from anomaly_container.health_check import leave_address
from tests.authority import authority
from tests.rules.test_image import healthcheck_command
from tests.system.server import ENTRYPOINT, GATE, SECONDS_TO_START, SECONDS_TO_STOP, free_port, spawn
from tests.system.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

VARIABLE = "HEALTH_CHECK_FILE"
LOOPBACK = "Host=127.0.0.1"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path, authority(tmp_path))


def check(file: Path) -> subprocess.CompletedProcess[str]:
    """Run the check as a container runtime does: where the program is, with the variables of the image."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(  # noqa: S603  # the image's own words
        healthcheck_command(),
        cwd=ENTRYPOINT.parent,
        env={"PATH": path, VARIABLE: str(file)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def assert_healthy_while_it_runs(words: Sequence[str], file: Path) -> None:
    process = spawn(words, {VARIABLE: str(file)})
    try:
        deadline = time.monotonic() + SECONDS_TO_START
        while (seen := check(file)).returncode:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline, seen
        assert (seen.stdout, seen.stderr) == ("", "")
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=SECONDS_TO_STOP)
    gone = check(file)
    assert (gone.returncode, gone.stderr) == (1, "")
    assert gone.stdout == "ConnectionRefusedError: [Errno 111] Connection refused\n"


def test_a_server_that_listens_everywhere(tmp_path: Path) -> None:
    host = "::" if has_version_6() else "0.0.0.0"  # noqa: S104  # as an operator may say
    assert_healthy_while_it_runs([*GATE, f"Host={host}", f"Port={free_port()}"], tmp_path / "listening")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "0.0.0.0", "::", "::1", "localhost"])  # noqa: S104  # as above
@pytest.mark.parametrize("status", [200, 401])
def test_wherever_it_listens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, status: int) -> None:
    if ":" in host and not has_version_6():
        pytest.skip("this machine has no loopback device of version 6")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "listening"))
    with answering(host, status) as port:
        leave_address("http", host, port)
        done = check(tmp_path / "listening")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def has_version_6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def test_with_keys_for_everything(site: Site, tmp_path: Path) -> None:
    words = [*GATE, LOOPBACK, f"Port={free_port()}", f"Access:ApiKeys={site.keys}", "Access:Pages=all"]
    assert_healthy_while_it_runs(words, tmp_path / "listening")


def test_with_https_and_keys_for_everything(site: Site, tmp_path: Path) -> None:
    words = [*site.words, LOOPBACK, f"Port={free_port()}", "Access:Pages=all"]
    assert_healthy_while_it_runs(words, tmp_path / "listening")


def test_with_port_and_certificate_from_a_mounted_file(site: Site, tmp_path: Path) -> None:
    mounted = tmp_path / "settings.yaml"
    tls = {"Certificate": str(site.pair.certificate), "Key": str(site.pair.key)}
    mounted.write_text(yaml.safe_dump({"Host": "127.0.0.1", "Port": free_port(), "Tls": tls}))
    assert_healthy_while_it_runs([*GATE, f"Config={mounted}"], tmp_path / "listening")


def test_before_the_server_listens_nothing_is_healthy(tmp_path: Path) -> None:
    done = check(tmp_path / "listening")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("FileNotFoundError: ")


@pytest.mark.parametrize("octets", [b"\xff\xfe", b"http://[::1", b"http://127.0.0.1:port"])
def test_a_file_of_something_else_is_told_in_one_line(tmp_path: Path, octets: bytes) -> None:
    (tmp_path / "listening").write_bytes(octets)
    done = check(tmp_path / "listening")
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (1, "", 1)


@contextmanager
def answering(host: str, status: int) -> Iterator[int]:
    """A server that answers one request with this status; gives its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(status)

        def log_message(self, *_: object) -> None:
            """Leave the output to the test."""

    class Server(HTTPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

    with Server((host, 0), Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        yield server.server_port
        thread.join()


def test_a_server_that_answers_anything_else_is_not_healthy(tmp_path: Path) -> None:
    with answering("127.0.0.1", 503) as port:
        (tmp_path / "listening").write_text(f"http://127.0.0.1:{port}")
        done = check(tmp_path / "listening")
    assert done.returncode == 1
    assert done.stdout == f"http://127.0.0.1:{port}/livez answered 503\n"


def test_a_server_that_cannot_leave_its_address_says_so_and_serves(tmp_path: Path) -> None:
    process = spawn(
        [*GATE, LOOPBACK, f"Port={free_port()}"], {VARIABLE: str(tmp_path / "none" / "listening")}
    )
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Application started" in line:
            break
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=SECONDS_TO_STOP)
    [warning] = [line for line in lines if "health check" in line]
    assert warning.endswith("its file cannot be written (No such file or directory).\n")
