"""A receiver of webhooks on loopback, which verifies signatures as a receiver should."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web
from aiohttp.test_utils import TestServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SECRET = "what-both-know"  # noqa: S105  # of this test alone


class Receiver:
    """A receiver that keeps what came, and answers what it is told to."""

    def __init__(self) -> None:
        self.seen: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        self.seen.append((dict(request.headers), await request.read()))
        if self.status == 0:
            await asyncio.sleep(5)
        return web.Response(status=self.status, headers=self.headers)

    def verified(self, now: float, index: int = -1) -> Any:  # noqa: ANN401  # a document
        """Return a body whose signature is right, as docs/streams.md tells a receiver to find out."""
        headers, body = self.seen[index]
        stamp, _, made = headers["X-Anomaly-Signature"].partition(",")
        right = hmac.new(SECRET.encode(), f"{stamp[2:]}.".encode() + body, hashlib.sha256).hexdigest()
        assert hmac.compare_digest(made, f"v1={right}")
        assert abs(int(stamp[2:]) - now) < 300
        return orjson.loads(body)


@asynccontextmanager
async def listening() -> AsyncIterator[Receiver]:
    hook = Receiver()
    app = web.Application()
    app.router.add_post("/hook", hook.take)
    async with TestServer(app, host="127.0.0.1") as server:
        hook.url = str(server.make_url("/hook"))
        yield hook
