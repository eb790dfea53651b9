"""Of three workers that took 1, 2 and 1 seconds, the busiest did half of the work."""

from __future__ import annotations

import asyncio
import os

import pytest

from tests.bench.steady import busiest, steady
from tests.bench.test_client import PAUSE, slow_server
from tests.bench.wire import get
from tests.bench.worker import Process


def test_the_busiest_did_half() -> None:
    assert busiest([1.0, 2.0, 1.0]) == 0.5
    assert busiest([3.0, 0.0]) == 1.0


def test_work_is_what_the_processes_take_while_requests_come() -> None:
    async def serve() -> None:
        async with slow_server() as port:
            one = Process(os.getpid())
            found = await asyncio.to_thread(steady, port, [one, one], [get("/")], 100, 0.1, 10)
            assert found.busiest == pytest.approx(0.5, abs=0.05), "it is compared with itself"
            assert 1000 * PAUSE <= found.median <= found.p99

    asyncio.run(serve())
