"""The workers of a container share the connections that are opened at once.

The smallest example: of 32 connections each of two workers accepts about 16.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
import requests

from tests.system.accepted import accepted
from tests.system.server import running

if TYPE_CHECKING:
    from tests.system.server import Server

CONNECTIONS = 32
RUNS = 5
SECONDS_TO_ACCEPT = 10.0


def shares(server: Server) -> list[int]:
    """Open connections at once, and return how many each worker accepts."""
    before = {pid: accepted(pid, server.port) for pid in server.worker_pids}
    with ExitStack() as clients:
        ports = {
            clients.enter_context(socket.create_connection(("127.0.0.1", server.port))).getsockname()[1]
            for _ in range(CONNECTIONS)
        }
        deadline = time.monotonic() + SECONDS_TO_ACCEPT
        while True:
            counts = [len((accepted(pid, server.port) & ports) - before[pid]) for pid in before]
            if sum(counts) == CONNECTIONS:
                return counts
            assert time.monotonic() < deadline, counts
            time.sleep(0.02)


@pytest.mark.parametrize(("workers", "most"), [(2, 0.60), (4, 0.35)])
def test_connections_opened_at_rest_are_shared(workers: int, most: float) -> None:
    with running(workers=workers) as server:
        found = [shares(server) for _ in range(RUNS)]
    # A machine that lets a worker wait for more than 10 ms has its connections accepted by others.
    assert min(max(counts) for counts in found) <= most * CONNECTIONS, found


def test_all_connections_are_accepted_while_a_worker_stands_still() -> None:
    with running(workers=2) as server, ExitStack() as sessions:
        still = server.worker_pids[0]
        os.kill(still, signal.SIGSTOP)
        before = accepted(still, server.port)
        try:
            for _ in range(CONNECTIONS):
                session = sessions.enter_context(requests.Session())  # it keeps its connection
                assert session.get(f"{server.url}/livez", timeout=SECONDS_TO_ACCEPT).text == "ok"
            assert accepted(still, server.port) <= before
        finally:
            os.kill(still, signal.SIGCONT)
