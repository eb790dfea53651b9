"""The handlers of streams."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import orjson
from aiohttp import web

from anomaly_container.services.streams.contract import state as document
from anomaly_container.services.streams.contract.answer import accepted, explains, rendered
from anomaly_container.services.streams.contract.body import Body, read
from anomaly_container.services.streams.cost import milliseconds
from anomaly_container.services.streams.errors import InvalidQuery, NoModel, UnknownReport
from anomaly_container.services.streams.report import HourReport
from anomaly_container.services.streams.report_files import rendered as rendered_report
from anomaly_container.services.streams.usage import STREAM_EVENTS
from anomaly_container.web.errors import JSON
from anomaly_container.web.metered import Answer

if TYPE_CHECKING:
    from anomaly_container.services.streams.invocation import Invocation, RowResult
    from anomaly_container.services.streams.resources import Streams

MOST_ANOMALIES: Final = 1000
USUAL_ANOMALIES: Final = 50
HOUR: Final = 3600
REPORT_TYPES: Final = {"json": JSON, "html": "text/html", "csv": "text/csv", "svg": "image/svg+xml"}
REPORT_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""A report is shown by a browser without any script or request."""


async def ping(streams: Streams, _request: web.Request) -> web.StreamResponse:
    """Return 200 if a model is loaded; in mode keys, which has none, if the source has answered."""
    if streams.model is None and not (streams.settings.mode == "keys" and streams.has_answered):
        raise NoModel
    return web.Response()


async def invocations(streams: Streams, body: bytes, request: web.Request) -> Answer:
    """Score the rows of a body."""
    invocation = streams.invocation()
    if invocation is None:
        raise NoModel
    content_type = accepted(request.headers.get("Accept"))
    explain = explains(request.query.get("explain"))
    given = request.headers.get("Content-Type", "")
    results = await streams.shell.admission.run(
        milliseconds(body, invocation.model), _results, invocation, body, given, explain
    )
    return Answer(
        rendered(results, content_type, explain=explain, values=streams.settings.output_values),
        amounts={STREAM_EVENTS: len(results)},
        facts={"rows": len(results)},
        content_type=content_type,
    )


async def state(streams: Streams, _request: web.Request) -> web.StreamResponse:
    """Return the data of the page."""
    return _json(document.state(streams))


async def anomalies(streams: Streams, request: web.Request) -> web.StreamResponse:
    """Return the last events that were flagged, newest first."""
    most, since = _limit(request), _since(request)
    found = list(streams.stream.pipeline.anomalies) if streams.stream is not None else []
    kept = [result for result in reversed(found) if since is None or result.time > since][:most]
    return _json(document.anomalies(kept, streams.settings))


async def reports(streams: Streams, _request: web.Request) -> web.StreamResponse:
    """Return the hours of which there is a report, newest first."""
    hours = [] if streams.stream is None else await asyncio.to_thread(streams.stream.reports.hours)
    return _json(document.reports(hours))


async def report(streams: Streams, request: web.Request) -> web.StreamResponse:
    """Return the report of an hour."""
    form = request.query.get("format", "json")
    if form not in REPORT_TYPES:
        message = "format must be json, html, csv or svg"
        raise InvalidQuery(message)
    hour = _hour(request.match_info["hour"])
    if streams.stream is None:
        raise UnknownReport
    found = await asyncio.to_thread(streams.stream.reports.read, hour)
    if found is None:
        raise UnknownReport
    if form != "json":
        found = await asyncio.to_thread(_in_form, found, form)
    return web.Response(
        body=found,
        content_type=REPORT_TYPES[form],
        charset=None if form == "json" else "utf-8",
        headers={"Content-Security-Policy": REPORT_POLICY},
    )


def _results(invocation: Invocation, data: bytes, content_type: str, explain: bool) -> list[RowResult]:
    body: Body = read(data, content_type, invocation.model.width)
    return invocation.results(body, explain=explain)


def _in_form(found: bytes, form: str) -> bytes:
    return rendered_report(HourReport.from_document(orjson.loads(found)), form)


def _limit(request: web.Request) -> int:
    text = request.query.get("limit", str(USUAL_ANOMALIES))
    if text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= MOST_ANOMALIES:
        return int(text)
    message = f"limit must be a whole number from 1 to {MOST_ANOMALIES}"
    raise InvalidQuery(message)


def _since(request: web.Request) -> float | None:
    text = request.query.get("since")
    if text is None:
        return None
    return _moment(text, "since must be a time, such as 2026-01-14T03:00:00Z").timestamp()


def _hour(text: str) -> int:
    message = "the hour must be one, such as 2026-01-14T03Z"
    seconds = _moment(text, message).timestamp()
    if seconds % HOUR:
        raise InvalidQuery(message)
    return int(seconds)


def _moment(text: str, message: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidQuery(message) from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def _json(content: dict[str, Any]) -> web.Response:
    return web.Response(body=orjson.dumps(content), content_type=JSON)
