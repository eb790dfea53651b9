"""The server of a worker on a port, and connections to it on which every byte is the test's own."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from anomaly_container.services.univariate.errors import error_answer
from anomaly_container.web.server.listener import Runner
from tests.support.reply import Reply, read_reply
from tests.support.univariate_app import univariate_app

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator
    from pathlib import Path

    from anomaly_container.observability.spans import Telemetry
    from anomaly_container.settings.base import CommonSettings

GET = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"


@asynccontextmanager
async def serving(
    settings: CommonSettings, metering: Path, telemetry: Telemetry | None = None
) -> AsyncIterator[Runner]:
    app = univariate_app(settings, metering, telemetry)
    runner = Runner(app, settings, logging.getLogger("http"), 1.0, error_answer)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield runner
    finally:
        await runner.cleanup()


@asynccontextmanager
async def served(
    settings: CommonSettings, metering: Path, telemetry: Telemetry | None = None
) -> AsyncIterator[int]:
    async with serving(settings, metering, telemetry) as runner:
        yield int(runner.addresses[0][1])


class Wire:
    """A connection of a client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def ask(self, octets: bytes) -> Reply:
        self.writer.write(octets)
        return await self.answer()

    async def answer(self) -> Reply:
        async with asyncio.timeout(20):
            return await read_reply(self.reader)

    async def is_closed(self) -> bool:
        async with asyncio.timeout(20):
            try:
                return await self.reader.read(1) == b""
            except ConnectionError:
                return True


@asynccontextmanager
async def wire(port: int, context: ssl.SSLContext | None = None) -> AsyncIterator[Wire]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    try:
        yield Wire(reader, writer)
    finally:
        writer.transport.abort()
