"""The responses to exceptions."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING, Any

from aiohttp import web

from anomaly_container.observability.formatters import with_facts
from anomaly_container.web.errors import NOTHING, ShellError
from anomaly_container.web.middleware.tracing import trace_facts
from anomaly_container.web.routing import MATCH
from anomaly_container.web.state import REQUEST_ID

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

    from anomaly_container.web.errors import ErrorAnswer
    from anomaly_container.web.service import Service

log = logging.getLogger(__name__)


@web.middleware
async def error_responses(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Respond to every exception in the shape of the service of the path."""
    try:
        return await handler(request)
    except Exception as error:  # after any error the client gets a response and the log one record
        if request.writer.output_size:
            raise  # a response has already begun
        service = request[MATCH].service
        answer = answer_to(error, service)
        if answer is None:
            _log_without_text(error, request)
            answer = service.error_answer(500, "500", None)
        return answer.response(error.headers if isinstance(error, ShellError) else NOTHING)


def answer_to(error: Exception, service: Service[Any, Any]) -> ErrorAnswer | None:
    """Return the answer of a service to an exception; None if the exception is unexpected."""
    for kind in type(error).__mro__:
        make = service.errors.get(kind)
        if make is not None:
            return make(error)
    if isinstance(error, ShellError):
        return service.error_answer(error.status, error.code, error.message)
    if isinstance(error, web.HTTPException):
        return service.error_answer(error.status, str(error.status), None)
    return None


def _log_without_text(error: Exception, request: web.Request) -> None:
    """Log the traceback of an exception without its text, which may quote the request."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    request_id, facts = request[REQUEST_ID], trace_facts(request)
    name = f"{request_id} of trace {facts['traceId']}" if facts else request_id
    log.error(
        "Request %s failed with %s\n%s",
        name,
        type(error).__name__,
        frames.rstrip(),
        extra=with_facts({"requestId": request_id, **facts}),
    )
