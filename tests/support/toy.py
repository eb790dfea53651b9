"""A service of ten lines on the shell, and what a test needs to run it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiohttp import web

from anomaly_container.web.errors import ErrorAnswer
from anomaly_container.web.metered import Answer, metered
from anomaly_container.web.routing import Kind, Route
from anomaly_container.web.service import Service
from anomaly_container.web.streamed import streamed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from anomaly_container.web.shell import Shell


class EmptyError(Exception):
    """There is nothing to count."""


async def count(words: list[bytes], body: bytes, _request: web.Request) -> Answer:
    """Keep the words of the body and say how many there are."""
    if not body:
        raise EmptyError
    words.extend(body.split())
    return Answer(b'{"words":%d}' % len(words), facts={"words": len(words)})


async def upper(
    _words: list[bytes], pieces: AsyncIterator[bytes], _request: web.Request
) -> AsyncGenerator[bytes]:
    """Yield each piece in capital letters; one that has an exclamation mark is refused."""
    async for piece in pieces:
        if b"!" in piece:
            raise EmptyError
        yield piece.upper()


async def plain(_words: list[bytes], _request: web.Request) -> web.Response:
    """Answer without looking at anything."""
    return web.Response(text="plain")


def routes(_settings: object) -> list[Route[list[bytes]]]:
    """Return a route of every kind, and one whose body has no bound."""
    return [
        Route("POST", "/toy/v1/count", metered(count, max_body_bytes=64), Kind.QUERY, {"operation": "count"}),
        Route("POST", "/toy/v1/upper", streamed(upper, "text/plain"), Kind.QUERY, {"operation": "upper"}),
        Route("GET", "/toy/v1/items/{id}", plain, Kind.QUERY),
        Route("GET", "/toy/v1/items/{id}:check", plain, Kind.QUERY),
        Route("DELETE", "/toy/admin/words", plain, Kind.ADMIN),
        Route("GET", "/toy", plain, Kind.PAGE),
        Route("GET", "/ping", plain, Kind.PROBE),
        Route("POST", "/notify", plain, Kind.CALLBACK),
    ]


@asynccontextmanager
async def open_words(_settings: object, _shell: Shell) -> AsyncIterator[list[bytes]]:
    """Yield the words, of which there are none yet."""
    yield []


def empty(_error: EmptyError) -> ErrorAnswer:
    """Return the answer to a request without words."""
    return ErrorAnswer(422, "Empty", b"nothing to count", content_type="text/plain")


TOY: Service[Any, list[bytes]] = Service(
    name="toy", meters=(), open=open_words, routes=routes, errors={EmptyError: empty}
)
