"""The errors of the port of streams, in the shape of SageMaker; docs/errors.md lists them."""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import orjson

from anomaly_container.web.errors import KEPT_ANSWERS, MESSAGES, ErrorAnswer, ShellError, phrase

if TYPE_CHECKING:
    from collections.abc import Mapping

TYPE_HEADER: Final = "x-amzn-ErrorType"
"""The header by which a client of AWS knows the type of an error."""
OTHERS: Final = "ValidationError"
TYPES: Final[Mapping[int, str]] = MappingProxyType(
    {
        401: "AccessDenied",
        403: "AccessDenied",
        404: "NotFound",
        405: "MethodNotAllowed",
        408: "RequestTimeout",
        413: "RequestTooLarge",
        429: "Throttling",
        500: "InternalFailure",
        503: "ServiceUnavailable",
    }
)
"""The type of an error by its status; that of the others is `OTHERS`."""


@lru_cache(KEPT_ANSWERS)
def aws_error(status: int, _code: str, message: str | None) -> ErrorAnswer:
    """Return `{"code": ..., "message": ...}`, with the type in a header too.

    Parameters
    ----------
    status
        The HTTP status, which determines the type.
    message
        The message; None for the text of the status.
    """
    kind = TYPES.get(status, OTHERS)
    text = message or MESSAGES.get(status) or phrase(status)
    return ErrorAnswer(status, kind, orjson.dumps({"code": kind, "message": text}), {TYPE_HEADER: kind})


class InvalidRows(ShellError):  # noqa: N818  # the code of the response says that it is an error
    """A body has no rows, or rows that the model cannot score."""

    def __init__(self, message: str) -> None:
        super().__init__(400, message=message)


class InvalidQuery(ShellError):  # noqa: N818  # as above
    """A parameter of a query is not valid."""

    def __init__(self, message: str) -> None:
        super().__init__(400, message=message)


class UnsupportedType(ShellError):  # noqa: N818  # as above
    """The type of a body is not one of those that are read."""

    def __init__(self) -> None:
        message = "The Content-Type must be text/csv, application/json or application/jsonlines."
        super().__init__(415, message=message)


class NotAcceptable(ShellError):  # noqa: N818  # as above
    """The client does not accept any type of answer."""

    def __init__(self) -> None:
        super().__init__(406, message="The answer can be application/json or application/jsonlines.")


class NoModel(ShellError):  # noqa: N818  # as above
    """There is no model yet."""

    def __init__(self) -> None:
        super().__init__(503, message="No model is loaded.", headers={"Retry-After": "5"})


class UnknownReport(ShellError):  # noqa: N818  # as above
    """There is no report of an hour."""

    def __init__(self) -> None:
        super().__init__(404, message="There is no report of this hour.")
