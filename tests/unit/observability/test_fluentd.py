"""Log records on their way to Fluentd: whole, in order, bounded, and without anybody waiting for them."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgpack
import pytest

from anomaly_container.observability.fluentd import ForwardHandler, message, receiver_of
from anomaly_container.observability.logging import logging_config
from anomaly_container.settings.errors import SettingsError
from anomaly_container.settings.load import load
from tests.support.certificates import presenting, self_signed
from tests.support.forward_receiver import receiving, wait_until

if TYPE_CHECKING:
    from anomaly_container.settings.base import CommonSettings

ROOT = Path(__file__).resolve().parents[3]
GATE = ("Eula=accept", "Billing=http://127.0.0.1:5001/", "ApiKey=key")
CAPACITY = 32768


def settings(*words: str) -> CommonSettings:
    return load([*GATE, "Fluentd:Host=127.0.0.1", *words], {}, {})


def record(text: str) -> logging.LogRecord:
    return logging.LogRecord("x", logging.INFO, "x.py", 1, text, None, None)


def handler_for(port: int, *words: str, capacity: int = CAPACITY) -> ForwardHandler:
    receiver = receiver_of(settings(f"Fluentd:Port={port}", *words))
    assert receiver
    return ForwardHandler(receiver, capacity)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("certificate"))


def test_a_record_arrives_with_its_tag_its_time_and_what_the_log_files_hold() -> None:
    one = record("said")
    with receiving() as there:
        handler = handler_for(there.port)
        handler.handle(one)
        there.wait_for("said")
        handler.close()
    [[tag, stamp, entry]] = there.messages
    assert tag == "anomalydetector"
    assert isinstance(stamp, msgpack.ExtType)
    assert (stamp.code, len(stamp.data)) == (0, 8)
    seconds, nanoseconds = (int.from_bytes(stamp.data[at : at + 4], "big") for at in (0, 4))
    assert seconds + nanoseconds / 1e9 == pytest.approx(one.created, abs=1e-6)
    assert entry.pop("timestamp").endswith("Z")
    assert entry == {"level": "Information", "logger": "x", "process": os.getpid(), "message": "said"}


def test_the_text_of_an_exception_stays_here() -> None:
    def fail() -> None:
        text = "27182.8"
        raise ValueError(text)

    with pytest.raises(ValueError, match="27182") as caught:
        fail()
    one = record("failed")
    one.exc_info = (caught.type, caught.value, caught.tb)
    _, _, entry = msgpack.unpackb(message(one, 0))
    assert entry["exception"]["type"] == "ValueError"
    assert entry["exception"]["frames"]
    assert b"27182" not in message(one, 0)


def test_many_records_arrive_whole_and_in_order() -> None:
    with receiving() as there:
        handler = handler_for(there.port, capacity=1 << 20)
        for number in range(2000):
            handler.handle(record(str(number)))
        there.wait_for("1999")
        handler.close()
    assert there.texts() == [str(number) for number in range(2000)]


def test_what_waits_is_sent_when_the_process_ends() -> None:
    with receiving() as there:
        handler = handler_for(there.port)
        handler.handle(record("last words"))
        handler.close()
        wait_until(lambda: there.texts() == ["last words"])


def test_a_receiver_that_comes_back_gets_what_waited(capsys: pytest.CaptureFixture[str]) -> None:
    with receiving() as there:
        port = there.port
    handler = handler_for(port, "Fluentd:HeartbeatMs=50")
    handler.handle(record("early"))
    written = ""

    def have_told(lines: int) -> bool:
        nonlocal written
        written += capsys.readouterr().err
        return written.count("\n") == lines

    wait_until(lambda: have_told(1))
    handler.handle(record("late"))
    with receiving(port) as there:
        wait_until(lambda: there.texts() == ["early", "late"])
        wait_until(lambda: have_told(2))
        handler.close()
    assert written.splitlines() == [
        f"Log records cannot be sent to 127.0.0.1:{port}: Connection refused.",
        f"Log records are sent to 127.0.0.1:{port} again; 0 were lost.",
    ]


def test_what_does_not_fit_is_lost_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    with receiving() as there:
        port = there.port
    handler = handler_for(port, "Fluentd:HeartbeatMs=50", capacity=1024)
    handler.handle(record("0"))
    wait_until(lambda: "cannot be sent" in capsys.readouterr().err)
    for number in range(1, 30):
        handler.handle(record(str(number)))
    kept = 1024 // len(message(record("00"), 0))
    with receiving(port) as there:
        written = ""

        def is_told() -> bool:
            nonlocal written
            written += capsys.readouterr().err
            return "again" in written

        wait_until(is_told)
        handler.handle(record("next"))
        there.wait_for("next")
        handler.close()
    assert there.texts() == [*map(str, range(kept)), "next"]
    assert written.endswith(f" again; {30 - kept} were lost.\n")
    assert there.entries[-1]["lost"] == 30 - kept
    assert "lost" not in there.entries[0]


def test_nobody_waits_for_a_receiver_that_does_not_read() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        handler = handler_for(deaf.getsockname()[1], capacity=1 << 26)
        began = time.monotonic()
        for _ in range(400):
            handler.handle(record("x" * 65536))  # more than the kernel takes for one connection
        handler.close()
        assert time.monotonic() - began < 8  # a send may take 10 seconds


def test_the_connection_is_made_again_at_the_next_heartbeat() -> None:
    with receiving() as there:
        handler = handler_for(there.port, "Fluentd:HeartbeatMs=30")
        handler.handle(record("first"))
        there.wait_for("first")
        there.connections[0].shutdown(socket.SHUT_RDWR)
        wait_until(lambda: len(there.connections) == 2)
        handler.handle(record("second"))
        there.wait_for("second")
        handler.close()
    assert there.texts() == ["first", "second"]
    assert len(there.connections) == 2


def test_the_kernel_asks_a_silent_receiver_at_the_time_of_the_heartbeat() -> None:
    options: list[int] = []

    with receiving() as there:
        handler = handler_for(there.port, "Fluentd:HeartbeatMs=7000")
        handler.handle(record("first"))
        there.wait_for("first")
        for file in Path("/proc/self/fd").iterdir():
            options += _idle_times(int(file.name), there.port)
        handler.close()
    assert options == [7]


def _idle_times(descriptor: int, port: int) -> list[int]:
    try:
        with socket.socket(fileno=os.dup(descriptor)) as one:
            if one.getpeername() == ("127.0.0.1", port):
                return [one.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)]
    except OSError:
        pass
    return []


def test_it_speaks_tls_to_a_receiver_whose_authority_it_knows(certificate: Path) -> None:
    with receiving(tls=presenting(certificate)) as there:
        handler = handler_for(
            there.port, "Fluentd:UseTLS=true", f"Fluentd:CaBundle={certificate}", "Fluentd:HeartbeatMs=30"
        )
        handler.handle(record("first"))
        there.wait_for("first")
        handler.handle(record("second"))
        there.wait_for("second")
        handler.close()
    # What the receiver says after the handshake is no reason to think that it is gone.
    assert len(there.connections) == 1


def test_it_tells_an_unknown_receiver_nothing(certificate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with receiving(tls=presenting(certificate)) as there:
        handler = handler_for(there.port, "Fluentd:UseTLS=true")
        handler.handle(record("first"))
        wait_until(lambda: "CERTIFICATE_VERIFY_FAILED" in capsys.readouterr().err)
        handler.close()
    assert not there.octets


def test_a_receiver_that_never_agrees_on_encryption_is_given_up(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        words = ("Fluentd:UseTLS=true", "Fluentd:TlsConnectionEstablishmentTimeoutMs=50")
        handler = handler_for(deaf.getsockname()[1], *words)
        handler.handle(record("first"))
        wait_until(lambda: "cannot be sent" in capsys.readouterr().err)
        handler.close()


FORKING = """
import logging, logging.config, os, sys
from anomaly_container.settings.load import load
from anomaly_container.observability.logging import logging_config

logging.config.dictConfig(logging_config(load(sys.argv[1:], {}, {})))
log = logging.getLogger("anomaly_container.start")
log.info("first process")
if os.fork():
    os.wait()
else:
    log.info("second process")
"""


def test_a_forked_process_sends_its_own_records_once() -> None:
    with receiving() as there:
        done = subprocess.run(  # noqa: S603  # our own program
            [
                # Later versions of Python warn of what is tested: a fork beside a thread.
                *(sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKING, *GATE),
                *("Fluentd:Host=127.0.0.1", f"Fluentd:Port={there.port}"),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        wait_until(lambda: len(there.messages) == 2)
    assert done.stderr == ""
    assert sorted(there.texts()) == ["first process", "second process"]
    assert len({entry["process"] for entry in there.entries}) == 2


def test_without_a_host_nothing_is_sent() -> None:
    assert receiver_of(load(GATE, {}, {})) is None
    assert "fluentd" not in logging_config(load(GATE, {}, {}))["handlers"]
    assert "fluentd" in logging_config(settings())["handlers"]


def test_a_file_of_certificates_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        receiver_of(settings("Fluentd:UseTLS=true", f"Fluentd:CaBundle={tmp_path / 'none'}"))
    assert caught.value.problems == (
        "The certificates that Fluentd:CaBundle names cannot be used: No such file or directory.",
    )


def test_the_time_for_encryption_counts_only_with_encryption() -> None:
    plain = receiver_of(settings("Fluentd:TlsConnectionEstablishmentTimeoutMs=1"))
    assert plain
    assert plain.tls is None
