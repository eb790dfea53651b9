"""A disk that takes no more: queries go on, nothing is lost, and delivery resumes once there is space."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.system.metering import receiver
from tests.system.server import ENTRYPOINT, GATE, Server, free_port
from tests.system.small_disk import fill, words_for_a_megabyte
from tests.system.univariate.test_metering import settled
from tests.system.univariate.test_policy import api_status, query, until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CALLS = 5


@contextmanager
def running_on_a_megabyte(words: Sequence[str], output: Path) -> Iterator[Server]:
    """A server whose output folder is a disk of 1 MB that nobody else sees."""
    alone = words_for_a_megabyte(output)
    if not alone:
        pytest.skip("this machine lets nobody mount a disk in a namespace of one's own")
    port = free_port()
    listening = ["Host=127.0.0.1", f"Port={port}", "Workers=2"]
    process = subprocess.Popen(  # noqa: S603  # our own program with the words of a test
        [*alone, sys.executable, str(ENTRYPOINT), *words, *listening],
        env={"PATH": os.environ["PATH"]},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    server = Server(process, port)
    try:
        server.wait_until_it_answers("ready")
        server.wait_for_workers(2)
        yield server
    finally:
        if process.poll() is None:
            server.stop()


def ask(server: Server) -> Counter[str]:
    assert [query(server).status_code for _ in range(CALLS)] == [200] * CALLS
    return Counter({"EntireDetect": CALLS, "DataPoints": CALLS})


def test_a_full_disk_stops_neither_queries_nor_counts(tmp_path: Path) -> None:
    output = tmp_path / "output"
    output.mkdir()
    with receiver(tmp_path / "receiver") as endpoint:
        words = [
            *(word for word in GATE if not word.startswith("Billing")),
            *(f"Billing={endpoint.url}", f"Mounts:Output={output}", "Metering:IntervalSeconds=2"),
        ]
        with running_on_a_megabyte(words, output) as server:
            before = ask(server)
            assert settled(endpoint, before) == before
            filler = Path(f"/proc/{server.process.pid}/root{output}/filler")

            def is_full() -> bool:
                fill(filler)
                return api_status(server)[0] == "Unknown"  # no record could be made

            until(is_full)
            answered = before + ask(server)
            assert endpoint.totals() == before
            filler.unlink()
            assert settled(endpoint, answered) == answered
            until(lambda: api_status(server)[0] == "Valid")
            answered += ask(server)
            server.stop(signal.SIGTERM)
        assert endpoint.totals() == answered


def test_a_worker_that_dies_meanwhile_is_replaced_once_there_is_space(tmp_path: Path) -> None:
    output = tmp_path / "output"
    output.mkdir()
    with running_on_a_megabyte([*GATE, f"Mounts:Output={output}"], output) as server:
        until(lambda: api_status(server)[0] == "CouldNotConnect")  # the first attempt is over
        until(lambda: all(map(has_a_counter, server.worker_pids)))  # the other may still start
        disk = Path(f"/proc/{server.process.pid}/root{output}")

        def is_settled() -> bool:
            """The ledger is closed, and nothing has given space back since the disk was filled last."""
            is_open = (disk / "metering" / "ledger.db-wal").exists()
            had = os.statvfs(disk).f_bavail
            fill(disk / "filler")
            return not is_open and not had

        until(is_settled)
        killed, other = server.worker_pids
        os.kill(killed, signal.SIGKILL)
        until(lambda: killed not in server.worker_pids and len(server.worker_pids) == 2)
        assert [has_a_counter(worker) for worker in {*server.worker_pids} - {other}] == [False]
        assert [query(server).status_code for _ in range(CALLS)] == [200] * CALLS  # the other one answers
        (disk / "filler").unlink()
        until(lambda: [has_a_counter(worker) for worker in {*server.worker_pids} - {other}] == [True])
        assert other in server.worker_pids
        _, errors = server.stop()
    assert errors == ""


def has_a_counter(worker: int) -> bool:
    """Tell whether a worker can count; one that ends in the meantime cannot."""
    with contextlib.suppress(FileNotFoundError):
        maps = Path(f"/proc/{worker}/maps").read_text()
        return ".counter\n" in maps
    return False
