"""What the metering endpoint answers to a request it does not take."""

from __future__ import annotations

import json
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

# The text of 401 is the service's own, and that of 404 too; the others are ours.
MESSAGES: Final[Mapping[int, str]] = MappingProxyType(
    {
        401: "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a"
        " valid key for an active subscription and use a correct regional API endpoint for your resource.",
        404: "Resource not found",
        405: "The method is not allowed for this resource.",
        408: "The request body did not arrive in time.",
        409: "Another record with this 'id' is stored. A record must be sent again unchanged.",
        413: "The request body is too large.",
        500: "The request can not be processed due to unexpected exception.",
        503: "The usage records can not be read or written now. Please retry after the seconds in the"
        " Retry-After header.",
    }
)


class RefusedError(Exception):
    """A request is not taken.

    Parameters
    ----------
    status
        The HTTP status of the answer.
    message
        What is wrong, quoting nothing of the request; by default what `MESSAGES` says of the status.
    """

    def __init__(self, status: int, message: str | None = None) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message or MESSAGES.get(status) or HTTPStatus(status).phrase

    @property
    def body(self) -> bytes:
        """The JSON of the answer: nested, the code a string."""
        return json.dumps({"error": {"code": str(self.status), "message": self.message}}).encode()
