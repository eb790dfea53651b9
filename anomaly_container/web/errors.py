"""The exceptions of the shell, and the responses to exceptions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import orjson
from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON: Final = "application/json"
NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
KEPT_ANSWERS: Final = 256
"""The answers to errors that are kept, since the same ones are given again and again."""
CODE: Final = web.ResponseKey("code", str)
"""The code of an error response, for metrics and the log."""

MESSAGES: Final[Mapping[int, str]] = MappingProxyType(
    {
        400: "The request is not valid HTTP.",
        401: "The access key is missing or not valid.",
        404: "Resource not found",
        405: "The method is not allowed for this resource.",
        408: "The request did not arrive in time.",
        413: "The request body is too large.",
        414: "The URL of the request is too long.",
        417: "The only expectation that is met is 100-continue.",
        429: "Too many requests are waiting. Please retry after the seconds in the Retry-After header.",
        431: "A header of the request is too large, or there are too many.",
        500: "The request failed unexpectedly.",
        503: "Too many connections are open. Please retry after the seconds in the Retry-After header.",
    }
)
"""The default message of each status."""


class ShellError(Exception):
    """A request is refused before or instead of its handler.

    Parameters
    ----------
    status
        The HTTP status of the response.
    code
        The error code; the digits of the status by default.
    message
        The message; None for the text of the service for the status.
    headers
        Additional headers of the response, for example `Retry-After`.
    """

    def __init__(
        self,
        status: int,
        code: str | None = None,
        message: str | None = None,
        headers: Mapping[str, str] = NOTHING,
    ) -> None:
        super().__init__(status, code, message)
        self.status = status
        self.code = code or str(status)
        self.message = message
        self.headers = headers


class GateError(ShellError):
    """Metering allows no queries at the moment."""


class OverloadedError(ShellError):
    """The queue of waiting requests is full."""

    def __init__(self) -> None:
        super().__init__(429, headers={"Retry-After": "1"})


class UnreadableBodyError(ShellError):
    """A request body is incomplete, or does not have the encoding of its header."""

    def __init__(self) -> None:
        super().__init__(400, message="The request body cannot be read.")


class RateLimitedError(ShellError):
    """An access key has sent more requests than it may.

    Attributes
    ----------
    facts
        The facts of the route, for the text of a service.
    seconds
        Whole seconds until the next request is allowed.
    """

    def __init__(self, facts: Mapping[str, str], seconds: int) -> None:
        super().__init__(429, headers={"Retry-After": str(seconds)})
        self.facts = facts
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """The response to an error, before it is sent.

    Attributes
    ----------
    status
        The HTTP status.
    code
        The error code, also for metrics and the log.
    body
        The bytes of the body.
    headers
        The headers.
    content_type
        The type of the body.
    """

    status: int
    code: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    content_type: str = JSON

    def response(self, headers: Mapping[str, str] = NOTHING) -> web.Response:
        """Return the response with additional headers."""
        response = web.Response(
            status=self.status,
            body=self.body,
            headers={**self.headers, **headers} if headers else self.headers,
            content_type=self.content_type,
        )
        response[CODE] = self.code
        return response

    def octets(self, request_id: str, headers: Mapping[str, str] = NOTHING) -> bytes:
        """Return the bytes of the response for a connection that closes without a request.

        Parameters
        ----------
        request_id
            The id of the response in the log.
        headers
            Additional headers.
        """
        lines = {
            **self.headers,
            **headers,
            "apim-request-id": request_id,
            "X-Content-Type-Options": "nosniff",
            "Content-Type": self.content_type,
            "Content-Length": str(len(self.body)),
            "Connection": "close",
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return f"HTTP/1.1 {self.status} {phrase(self.status)}\r\n{head}\r\n".encode() + self.body


MakeError = Callable[[int, str, str | None], ErrorAnswer]
"""Makes the response to an error from status, code and message; None stands for the default message."""


@lru_cache(KEPT_ANSWERS)
def nested_error(status: int, code: str, message: str | None) -> ErrorAnswer:
    """Return `{"error": {"code": ..., "message": ...}}`, the default shape of an error."""
    text = message or MESSAGES.get(status) or phrase(status)
    return ErrorAnswer(status, code, orjson.dumps({"error": {"code": code, "message": text}}))


def phrase(status: int) -> str:
    """Return the standard phrase of a status."""
    return HTTPStatus(status).phrase
