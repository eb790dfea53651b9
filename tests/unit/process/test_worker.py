"""The server that each worker process makes for itself."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from anomaly_container.metering.directory import _claims as claims
from anomaly_container.metering.heartbeat import Heartbeat
from anomaly_container.metering.owner import INSTANCE
from anomaly_container.process import counting, worker
from tests.support.payloads import ENTIRE_PATH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

GATE = {"Eula": "accept", "Billing": "http://127.0.0.1:5001/", "ApiKey": "key"}
SENTINEL = b"31415.92653"


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[int]:
    for name, value in (GATE | {"Metering__Directory": str(tmp_path)}).items():
        monkeypatch.setenv(name, value)
    before = sys.getswitchinterval()
    runner = await worker.serve()
    gc.unfreeze()  # the test process goes on after this server
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
        sys.setswitchinterval(before)
        os.close(claims.pop(tmp_path))


@pytest.fixture
def lost(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A directory that is removed when a worker has its counter and nothing else yet."""

    def too_late(*arguments: object, **options: object) -> Heartbeat:
        (tmp_path / INSTANCE).unlink()
        return Heartbeat(*arguments, **options)  # type: ignore[arg-type] # they are those of the class

    monkeypatch.setattr(counting, "Heartbeat", too_late)


async def exchange(port: int, sent: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    received = await reader.read()
    writer.close()
    await writer.wait_closed()
    return received


@pytest.mark.usefixtures("port")
def test_the_loop_gets_the_interpreter_soon() -> None:
    assert sys.getswitchinterval() == pytest.approx(worker.SWITCH_SECONDS)


@pytest.mark.usefixtures("lost")
async def test_a_directory_that_goes_while_a_worker_starts_does_not_end_it(port: int) -> None:
    """Gunicorn would end the whole server if a worker could not start."""
    end = b"HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    assert (await exchange(port, b"GET /livez " + end + b"\r\n")).startswith(b"HTTP/1.1 200 ")
    query = f"POST {ENTIRE_PATH} ".encode() + end + b"Content-Length: 0\r\n\r\n"
    assert (await exchange(port, query)).startswith(b"HTTP/1.1 503 ")


async def test_it_serves_with_the_settings_of_the_environment(port: int) -> None:
    received = await exchange(port, b"GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(
    "sent",
    [
        b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n" + SENTINEL + b' "value" }\r\n\r\n',
        b"GET / HTTP/" + SENTINEL + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + SENTINEL + b"\r\n\r\n",
    ],
)
async def test_what_is_not_http_is_named_in_the_log_but_not_quoted(
    port: int, caplog: pytest.LogCaptureFixture, sent: bytes
) -> None:
    received = await exchange(port, sent)
    assert b"HTTP/1.0 400" in received or b"HTTP/1.1 400" in received
    [record] = [record for record in caplog.records if record.name == "anomaly_container.http"]
    assert record.levelno >= logging.WARNING
    assert "Bad" in record.getMessage()
    assert SENTINEL.decode() not in caplog.text
