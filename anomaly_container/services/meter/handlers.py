"""The embedded metering endpoint: takes usage records, each once, and reports them."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import sqlite3
import traceback
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aiohttp import web

from anomaly_container.metering.record_schema import parse
from anomaly_container.services.meter.refusals import RefusedError
from anomaly_container.services.meter.report import parse_query, render
from anomaly_container.services.meter.store import Receipt, ReceiverStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from aiohttp.typedefs import Handler

USAGE_PATH: Final = "/metering/v1/usage"
REPORT_PATH: Final = "/metering/v1/report"
HEALTH_PATH: Final = "/metering/v1/health"

LARGEST_BODY: Final = 64 * 1024
SECONDS_FOR_A_BODY: Final = 10.0
SECONDS_TO_RETRY_AFTER: Final = 10

log = logging.getLogger(__name__)


class KeyRing:
    """The keys that senders may use.

    Parameters
    ----------
    keys
        The keys; with none, every key that is not blank is accepted.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        self._digests = tuple(_digest(key) for key in keys)

    def accepts(self, key: str) -> bool:
        """Tell whether a key is one of them, in a time that does not depend on how much of it is right."""
        if not self._digests:
            return bool(key.strip())
        digest = _digest(key)
        matches = [hmac.compare_digest(digest, known) for known in self._digests]
        return any(matches)


STORE: Final = web.AppKey("STORE", ReceiverStore)
KEYS: Final = web.AppKey("KEYS", KeyRing)
WRITER: Final = web.AppKey("WRITER", ThreadPoolExecutor)


def create_app(store: ReceiverStore, keys: Iterable[str], usage_path: str = USAGE_PATH) -> web.Application:
    """Return the endpoint.

    Parameters
    ----------
    store
        Where records go; it stays open when the application ends.
    keys
        The keys that are accepted; with none, every key that is not blank.
    usage_path
        The path that records are sent to.
    """
    app = web.Application(
        middlewares=[_answer_errors],
        client_max_size=LARGEST_BODY,
        # The server's own parser would answer a broken encoding itself, and not in JSON.
        handler_args={"auto_decompress": False},
    )
    app[STORE] = store
    app[KEYS] = KeyRing(keys)
    app.cleanup_ctx.append(_one_writer)
    app.router.add_post(usage_path, take_usage)
    app.router.add_get(REPORT_PATH, report_usage)
    app.router.add_get(HEALTH_PATH, tell_health)
    return app


async def take_usage(request: web.Request) -> web.Response:
    """Store a usage record: 201 the first time, 200 when it is here already, 409 when its id is taken."""
    _demand_key(request)
    usage = parse(await _read_body(request))
    if request.headers.get("Idempotency-Key") != usage.id:
        raise RefusedError(400, "The header 'Idempotency-Key' must be the 'id' of the record.")
    loop = asyncio.get_running_loop()
    receipt = await loop.run_in_executor(request.app[WRITER], request.app[STORE].add, usage)
    if receipt is Receipt.CONFLICT:
        raise RefusedError(409)
    stored = receipt is Receipt.STORED
    answer = {"id": usage.id, "result": "stored" if stored else "repeated"}
    return web.json_response(answer, status=201 if stored else 200)


async def report_usage(request: web.Request) -> web.Response:
    """Report usage per container, meter and UTC day as JSON or CSV."""
    _demand_key(request)
    query = parse_query(request.query.items(), request.headers.get("Accept", ""))
    usage = await asyncio.to_thread(request.app[STORE].daily, query.first, query.last)
    return web.Response(
        body=render(usage, query), content_type=query.format.content_type, headers={"Vary": "Accept"}
    )


async def tell_health(request: web.Request) -> web.Response:
    """Tell that the endpoint runs and that its records can be read."""
    await asyncio.to_thread(request.app[STORE].check)
    return web.json_response({"status": "ok"})


@web.middleware
async def _answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every exception into a JSON answer."""
    try:
        return await handler(request)
    except RefusedError as refusal:
        return _answer(refusal)
    except web.HTTPException as error:
        return _answer(RefusedError(error.status), allow=error.headers.get("Allow"))
    except sqlite3.Error as error:
        # Its text may quote a record; its name says which kind of trouble the disk is in.
        reason = getattr(error, "sqlite_errorname", type(error).__name__)
        log.warning("The usage records cannot be read or written: %s", reason)
        return _answer(RefusedError(503))
    except Exception as error:  # noqa: BLE001  # whatever it is, the sender gets JSON and the log one record
        _log_without_text(error, request)
        return _answer(RefusedError(500))


def _answer(refusal: RefusedError, allow: str | None = None) -> web.Response:
    response = web.Response(status=refusal.status, body=refusal.body, content_type="application/json")
    if allow is not None:
        response.headers["Allow"] = allow
    if refusal.status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(SECONDS_TO_RETRY_AFTER)
    return response


def _log_without_text(error: Exception, request: web.Request) -> None:
    """Log where an exception came from; its text stays out, for it may quote a record or a key."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s failed with %s\n%s", request.method, type(error).__name__, frames.rstrip())


def _demand_key(request: web.Request) -> None:
    if not request.app[KEYS].accepts(request.headers.get("Ocp-Apim-Subscription-Key", "")):
        raise RefusedError(401)


async def _read_body(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(SECONDS_FOR_A_BODY):
            return await request.read()
    except TimeoutError:
        raise RefusedError(408) from None
    except (web.RequestPayloadError, ConnectionError):
        raise RefusedError(400, "The request body was cut short.") from None


async def _one_writer(app: web.Application) -> AsyncIterator[None]:
    """Write in one thread, so that waiting for the disk holds up no other answer."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer") as app[WRITER]:
        yield


def _digest(key: str) -> bytes:
    # Headers carry any byte; those that are no UTF-8 come as lone surrogates. Digests are of one length.
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
