"""The routes of the metering endpoint: take usage records, each once, and report them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiohttp import web

from anomaly_container.metering.record_schema import parse
from anomaly_container.services.meter.report import parse_query, render
from anomaly_container.services.meter.store import Receipt
from anomaly_container.web.access_keys import KEY_HEADER
from anomaly_container.web.errors import ShellError
from anomaly_container.web.request_body import read_body
from anomaly_container.web.routing import Kind, Route

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from anomaly_container.services.meter.settings import MeterSettings
    from anomaly_container.services.meter.store import ReceiverStore
    from anomaly_container.web.access_keys import InlineAccessKeys

REPORT_PATH: Final = "/metering/v1/report"
HEALTH_PATH: Final = "/metering/v1/health"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The resources of the handlers.

    Attributes
    ----------
    store
        The store of the records.
    keys
        The access keys that senders may use.
    writer
        The thread that writes, so that other responses do not wait for the disk.
    """

    store: ReceiverStore
    keys: InlineAccessKeys
    writer: ThreadPoolExecutor


def routes(settings: MeterSettings) -> list[Route[Endpoint]]:
    """Return the routes; the path of records is a setting."""
    return [
        Route("POST", settings.path, take_usage, Kind.CALLBACK),
        Route("GET", REPORT_PATH, report_usage, Kind.CALLBACK),
        Route("GET", HEALTH_PATH, check_health, Kind.PROBE),
    ]


async def take_usage(endpoint: Endpoint, request: web.Request) -> web.Response:
    """Store a usage record: 201 if it is new, 200 if it is stored already, 409 if its id is taken."""
    _require_key(endpoint, request)
    usage = parse(await read_body(request))
    if request.headers.get("Idempotency-Key") != usage.id:
        raise ShellError(400, message="The header 'Idempotency-Key' must be the 'id' of the record.")
    loop = asyncio.get_running_loop()
    receipt = await loop.run_in_executor(endpoint.writer, endpoint.store.add, usage)
    if receipt is Receipt.CONFLICT:
        raise ShellError(409)
    stored = receipt is Receipt.STORED
    answer = {"id": usage.id, "result": "stored" if stored else "repeated"}
    return web.json_response(answer, status=201 if stored else 200)


async def report_usage(endpoint: Endpoint, request: web.Request) -> web.Response:
    """Report usage per container, meter and UTC day as JSON or CSV."""
    _require_key(endpoint, request)
    query = parse_query(request.query.items(), request.headers.get("Accept", ""))
    usage = await asyncio.to_thread(endpoint.store.daily, query.first, query.last)
    return web.Response(
        body=render(usage, query), content_type=query.format.content_type, headers={"Vary": "Accept"}
    )


async def check_health(endpoint: Endpoint, _request: web.Request) -> web.Response:
    """Return 200 if the records can be read."""
    await asyncio.to_thread(endpoint.store.check)
    return web.json_response({"status": "ok"})


def _require_key(endpoint: Endpoint, request: web.Request) -> None:
    if not endpoint.keys.accepts(request.headers.get(KEY_HEADER, "")):
        raise ShellError(401)
