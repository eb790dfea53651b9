"""The errors of the shell, and the answers to errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import orjson
from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON: Final = "application/json"
NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
CODE: Final = web.ResponseKey("code", str)
"""The code of an error, in its answer: metrics and log read it."""

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
"""What is wrong, by status, in the words of a service that has none of its own."""


class ShellError(Exception):
    """A request is refused before or instead of its handler.

    Parameters
    ----------
    status
        The HTTP status of the answer.
    code
        Its code; the digits of the status if there is no word for it.
    message
        What is wrong; None for the text that the service has for the status.
    headers
        Headers that the answer has besides, `Retry-After` for example.
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
    """Metering does not allow any query now."""


class OverloadedError(ShellError):
    """As many requests wait as may wait."""

    def __init__(self) -> None:
        super().__init__(429, headers={"Retry-After": "1"})


class UnreadableBodyError(ShellError):
    """A request body is cut short, or not in the encoding that it claims."""

    def __init__(self) -> None:
        super().__init__(400, message="The request body cannot be read.")


class RateLimitedError(ShellError):
    """An access key has sent more requests than it may.

    Attributes
    ----------
    facts
        Those of the route, which the text of a service may name.
    seconds
        After so many whole seconds the next request is answered.
    """

    def __init__(self, facts: Mapping[str, str], seconds: int) -> None:
        super().__init__(429, headers={"Retry-After": str(seconds)})
        self.facts = facts
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """The answer to an error.

    Attributes
    ----------
    status
        The HTTP status.
    code
        The code of the error, which metrics and log have too.
    body
        The bytes of the body.
    headers
        Headers of the answer.
    content_type
        The type of the body.
    """

    status: int
    code: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    content_type: str = JSON

    def response(self, headers: Mapping[str, str] = NOTHING) -> web.Response:
        """Return the response, with further headers."""
        response = web.Response(
            status=self.status,
            body=self.body,
            headers={**self.headers, **headers},
            content_type=self.content_type,
        )
        response[CODE] = self.code
        return response

    def octets(self, request_id: str, headers: Mapping[str, str] = NOTHING) -> bytes:
        """Return the response as it is written to a connection that closes, if there is no request.

        Parameters
        ----------
        request_id
            The id by which the log knows the answer.
        headers
            Headers that the answer has besides.
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
"""Makes the answer to an error from status, code and message; None stands for the text of the status."""


def nested_error(status: int, code: str, message: str | None) -> ErrorAnswer:
    """Return `{"error": {"code": ..., "message": ...}}`, the shape of a service without one of its own."""
    text = message or MESSAGES.get(status) or phrase(status)
    return ErrorAnswer(status, code, orjson.dumps({"error": {"code": code, "message": text}}))


def phrase(status: int) -> str:
    """Return the standard phrase of a status."""
    return HTTPStatus(status).phrase
