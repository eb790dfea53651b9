"""What every request goes through: a number, an answer to what goes wrong, a forgiving look at its path."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING
from uuid import uuid4

from aiohttp import web

from anomaly_container.observability.formatters import with_facts
from anomaly_container.services.univariate.contract.errors import (
    ContractError,
    platform_body,
    univariate_body,
)
from anomaly_container.web.admission import OverloadedError
from anomaly_container.web.errors import json_answer, platform_answer
from anomaly_container.web.metering_gate import GateError
from anomaly_container.web.routing import find
from anomaly_container.web.state import REQUEST_ID
from anomaly_container.web.trace import trace_facts

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

log = logging.getLogger(__name__)


@web.middleware
async def identify(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request a number, and every answer the headers that all of them carry."""
    request[REQUEST_ID] = number = str(uuid4())
    response = await handler(request)
    response.headers["apim-request-id"] = number
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every exception into a JSON answer."""
    try:
        return await handler(request)
    except ContractError as error:
        return json_answer(error.status, univariate_body(error), {"x-ms-error-code": error.code})
    except GateError as error:
        wait = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
        body = platform_body(error.code, error.message)
        return json_answer(error.status, body, {"x-ms-error-code": error.code, **wait})
    except OverloadedError:
        return platform_answer(429, {"Retry-After": "1"})
    except web.HTTPException as error:
        return platform_answer(error.status, {"Allow": error.headers["Allow"]} if error.status == 405 else {})
    except Exception as error:  # noqa: BLE001  # whatever it is, the client gets JSON and the log one record
        _log_without_text(error, request)
        return platform_answer(500)


@web.middleware
async def accept_any_spelling(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find the handler of a path that is not spelt as in the table of routes."""
    if request.match_info.http_exception is not None:
        handler = find(request.method, request.path)
    return await handler(request)


def _log_without_text(error: Exception, request: web.Request) -> None:
    """Log where an exception came from; its text stays out, for it may quote values of a series."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    number, facts = request[REQUEST_ID], trace_facts(request)
    name = f"{number} of trace {facts['traceId']}" if facts else number
    log.error(
        "Request %s failed with %s\n%s",
        name,
        type(error).__name__,
        frames.rstrip(),
        extra=with_facts({"requestId": number, **facts}),
    )
