"""An answer and its count: both or neither."""

from __future__ import annotations

import random
import select
import signal
import socket
import subprocess
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from anomaly_container.metering.atomic_send import KernelSend
from anomaly_container.metering.counter import Counter
from tests.support.counts import counts_in
from tests.support.usage_records import LAST, NAMES, POINTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENDS = """
import os, signal, sys
from pathlib import Path
from anomaly_container.metering.counter import Counter
from anomaly_container.metering.atomic_send import KernelSend
from anomaly_container.metering.meters import METERS

class Ending(KernelSend):
    def send(self, descriptor, octets):
        if sys.argv[3] == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        super().send(descriptor, octets)
        os.kill(os.getpid(), signal.SIGKILL)

counter = Counter.open(Path(sys.argv[1]), METERS[:4])
counter.add(METERS[0], 5)
counter._kernel.__class__ = Ending
counter.deliver(int(sys.argv[2]), b"x" * 1000, {METERS[1]: 1, METERS[3]: 9})
"""

AMOUNTS = {LAST: 1, POINTS: 9}
ANSWER = b"x" * 1000
KILLS = 40

# A worker in small: it answers as fast as the client reads, and does little else, so that a signal at a
# random moment is likely to come between the answer and whatever follows it.
WORKER = """
import select, sys
from pathlib import Path
from anomaly_container.metering.counter import Counter
from anomaly_container.metering.meters import METERS
counter = Counter.open(Path(sys.argv[1]), METERS[:4])
descriptor, answer = int(sys.argv[2]), b"x" * 1000
room = select.poll()
room.register(descriptor, select.POLLOUT)
while True:
    room.poll()
    rest = answer
    while rest:
        rest = rest[counter.deliver(descriptor, rest, {METERS[1]: 1, METERS[3]: 9}):]
"""


@pytest.fixture
def connection() -> Iterator[tuple[socket.socket, socket.socket]]:
    """The two ends of a connection: the container's and the client's."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as client,
        listener.accept()[0] as server,
    ):
        server.setblocking(False)
        yield server, client


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    with closing(Counter.open(tmp_path, NAMES)) as counter:
        yield counter


def counts(directory: Path) -> tuple[int, ...]:
    [path] = directory.glob("*.counter")
    return counts_in(path)


def test_an_answer_that_went_out_is_counted(
    tmp_path: Path, counter: Counter, connection: tuple[socket.socket, socket.socket]
) -> None:
    server, client = connection
    for number in (1, 2):
        assert counter.deliver(server.fileno(), ANSWER, AMOUNTS) == len(ANSWER)
        assert client.recv(2 * len(ANSWER)) == ANSWER
        assert counts(tmp_path) == (0, number, 0, 9 * number)


def test_a_long_answer_is_counted_with_its_end(
    tmp_path: Path, counter: Counter, connection: tuple[socket.socket, socket.socket]
) -> None:
    server, client = connection
    answer = random.Random(1).randbytes(20_000_000)  # noqa: S311  # no secret
    received = bytearray()

    def read() -> None:
        while len(received) < len(answer):
            received.extend(client.recv(1 << 20))

    rest = answer[counter.deliver(server.fileno(), answer, AMOUNTS) :]
    assert 0 < len(rest) < len(answer)
    # Until the kernel is full: on a busy machine it moves what it has to the other end meanwhile.
    while sent := counter.deliver(server.fileno(), rest, AMOUNTS):
        rest = rest[sent:]
    assert rest, "the kernel is full"
    assert counts(tmp_path) == (0, 0, 0, 0)
    reader = threading.Thread(target=read)
    reader.start()
    while rest:
        assert counts(tmp_path) == (0, 0, 0, 0)
        select.select([], [server], [], 5)
        rest = rest[counter.deliver(server.fileno(), rest, AMOUNTS) :]
    reader.join()
    assert bytes(received) == answer
    assert counts(tmp_path) == (0, 1, 0, 9)


def test_a_broken_connection_counts_nothing(
    tmp_path: Path, counter: Counter, connection: tuple[socket.socket, socket.socket]
) -> None:
    server, client = connection
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    client.close()  # with a reset
    select.select([server], [], [], 5)
    with pytest.raises(ConnectionError):
        counter.deliver(server.fileno(), ANSWER, AMOUNTS)
    assert counts(tmp_path) == (0, 0, 0, 0)


def test_a_closed_descriptor_counts_nothing(tmp_path: Path, counter: Counter) -> None:
    with pytest.raises(OSError, match="Bad file descriptor"):
        counter.deliver(-1, ANSWER, AMOUNTS)
    assert counts(tmp_path) == (0, 0, 0, 0)


@pytest.mark.parametrize(("moment", "wanted"), [("before", (5, 0, 0, 0)), ("after", (5, 1, 0, 9))])
def test_a_process_that_ends_beside_the_sending_counts_what_went_out(
    tmp_path: Path, connection: tuple[socket.socket, socket.socket], moment: str, wanted: tuple[int, ...]
) -> None:
    server, client = connection
    done = subprocess.run(  # noqa: S603  # this interpreter
        [sys.executable, "-c", ENDS, str(tmp_path), str(server.fileno()), moment],
        pass_fds=[server.fileno()],
        timeout=60,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    server.close()
    received = client.recv(2 * len(ANSWER))
    assert received == (ANSWER if moment == "after" else b"")
    assert counts(tmp_path) == wanted


def test_a_live_counter_is_read_without_the_answer_under_way(
    tmp_path: Path,
    counter: Counter,
    connection: tuple[socket.socket, socket.socket],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server, _ = connection
    during: list[tuple[int, ...]] = []
    send = KernelSend.send

    def observed(kernel: KernelSend, descriptor: int, octets: bytes) -> int:
        sent = send(kernel, descriptor, octets)
        during.append(counts(tmp_path))
        return sent

    monkeypatch.setattr(KernelSend, "send", observed)
    counter.deliver(server.fileno(), ANSWER, AMOUNTS)
    assert during == [(0, 0, 0, 0)]
    assert counts(tmp_path) == (0, 1, 0, 9)


def test_a_process_killed_at_any_moment_has_counted_what_its_client_got(tmp_path: Path) -> None:
    chance = random.Random(3)  # noqa: S311  # no secret
    for attempt in range(KILLS):
        directory = tmp_path / str(attempt)
        directory.mkdir()
        received = _received_until_killed(directory, chance.uniform(0.002, 0.02))
        answers = received // len(ANSWER)  # the last may be cut off
        assert counts(directory) == (0, answers, 0, 9 * answers)


def _received_until_killed(directory: Path, seconds: float) -> int:
    """Read what a worker sends, kill it so many seconds after its first byte, and return how much it was."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
    with (
        client,
        subprocess.Popen(  # noqa: S603  # this interpreter
            [sys.executable, "-c", WORKER, str(directory), str(server.fileno())], pass_fds=[server.fileno()]
        ) as worker,
    ):
        server.close()
        received = len(client.recv(1 << 20))
        killer = threading.Timer(seconds, worker.kill)
        killer.start()
        while octets := client.recv(1 << 20):
            received += len(octets)
        killer.join()
    return received
