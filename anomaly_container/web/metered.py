"""The handler of metered work: gate, request body, handler and count, in this order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from aiohttp import web

from anomaly_container.web.errors import JSON, NOTHING
from anomaly_container.web.request_body import read_body
from anomaly_container.web.server.counted_response import CountedResponse
from anomaly_container.web.state import FACTS, SHELL, WRITE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a handler of metered work.

    Attributes
    ----------
    body
        The bytes of the response.
    headers
        Additional headers of the response.
    amounts
        The amount for each meter; if there is none, nothing is counted.
    facts
        Additional fields for the request log, for example `points`.
    status
        The HTTP status.
    content_type
        The type of the body.
    """

    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    amounts: Mapping[str, int] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)
    status: int = 200
    content_type: str = JSON


def metered(
    handler: Callable[[R, bytes, web.Request], Awaitable[Answer]], max_body_bytes: int | None = None
) -> Callable[[R, web.Request], Awaitable[web.StreamResponse]]:
    """Return a route handler that checks the gate, reads the body, and counts the response as it is sent.

    Parameters
    ----------
    handler
        Computes the answer from the resources of the service, the body and the request.
    max_body_bytes
        The limit of the request body; None for the limit of the settings.
    """

    async def handle(resources: R, request: web.Request) -> web.StreamResponse:
        shell = request.app[SHELL]
        shell.gate.check()
        body = await read_body(request, max_body_bytes)
        answer = await handler(resources, body, request)
        request[FACTS] = answer.facts
        if not answer.amounts or shell.usage is None or shell.usage.counter is None:
            return web.Response(
                status=answer.status,
                body=answer.body,
                headers=answer.headers,
                content_type=answer.content_type,
            )
        return CountedResponse(shell.usage.counter, answer, request.app[WRITE_SECONDS])

    return handle
