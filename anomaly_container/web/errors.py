"""Answers that say what went wrong, in JSON."""

from __future__ import annotations

from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING

from aiohttp import web

from anomaly_container.services.univariate.contract.errors import PLATFORM_MESSAGES, platform_body

if TYPE_CHECKING:
    from collections.abc import Mapping

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


def json_answer(status: int, body: bytes, headers: Mapping[str, str]) -> web.Response:
    """Return an answer with a body that is JSON already."""
    return web.Response(status=status, body=body, headers=headers, content_type="application/json")


def platform_answer(
    status: int, headers: Mapping[str, str] = NO_HEADERS, message: str | None = None
) -> web.Response:
    """Return the answer for an error outside the operations, with the usual message unless one is given."""
    body = platform_body(status, message or _message(status))
    return json_answer(status, body, {"x-ms-error-code": str(status), **headers})


def platform_octets(status: int, number: str, headers: Mapping[str, str] = NO_HEADERS) -> bytes:
    """Return the same answer as it is written to a connection that closes, where there is no request.

    Parameters
    ----------
    status
        What went wrong.
    number
        That by which the log knows it.
    headers
        Those that this status has besides.
    """
    body = platform_body(status, _message(status))
    lines = {
        "x-ms-error-code": str(status),
        **headers,
        "apim-request-id": number,
        "X-Content-Type-Options": "nosniff",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n{head}\r\n".encode() + body


def _message(status: int) -> str:
    return PLATFORM_MESSAGES.get(status) or HTTPStatus(status).phrase
