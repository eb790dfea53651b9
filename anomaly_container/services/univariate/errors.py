"""The answers to errors on the port of the univariate API."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from anomaly_container.services.univariate.contract.errors import (
    UNREADABLE_BODY,
    ContractError,
    univariate_body,
)
from anomaly_container.services.univariate.contract.versions import TITLES, Operation
from anomaly_container.web.errors import KEPT_ANSWERS, MESSAGES, ErrorAnswer, nested_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anomaly_container.web.errors import RateLimitedError, UnreadableBodyError

CODE_HEADER: Final = "x-ms-error-code"
# The texts of 401, 404 and 500 are those of the Azure service; no recording has the others.
PLATFORM_MESSAGES: Final[Mapping[int, str]] = MappingProxyType(
    {
        **MESSAGES,
        401: (
            "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a"
            " valid key for an active subscription and use a correct regional API endpoint for your resource."
        ),
        500: "The series data can not be processed due to unexpected exception.",
    }
)
"""The messages by status, for errors outside the operations."""
# As recorded; the names of the operations are those of the specification.
RATE_LIMITED: Final = (
    "Requests to the {operation} Operation under Anomaly Detector {version} have exceeded rate limit of your"
    " current AnomalyDetector S0 pricing tier. Please retry after {wait}. Please contact Azure support"
    " service if you would like to further increase the default rate limit."
)


@lru_cache(KEPT_ANSWERS)
def error_answer(status: int, code: str, message: str | None) -> ErrorAnswer:
    """Return the answer to an error outside the operations: nested, with the code as a string."""
    answer = nested_error(status, code, message or PLATFORM_MESSAGES.get(status))
    return replace(answer, headers={CODE_HEADER: code})


def flat_error(status: int, code: str, body: bytes) -> ErrorAnswer:
    """Return the answer to an error whose flat body is already rendered."""
    return ErrorAnswer(status, code, body, {CODE_HEADER: code})


def contract_error(error: ContractError) -> ErrorAnswer:
    """Return the answer to a request that breaks the contract: flat."""
    return _contract_answer(error.status, error.code, error.message)


@lru_cache(KEPT_ANSWERS)
def _contract_answer(status: int, code: str, message: str) -> ErrorAnswer:
    return flat_error(status, code, univariate_body(ContractError(code, message)))


def unreadable_body(_error: UnreadableBodyError) -> ErrorAnswer:
    """Return the answer to an unreadable body, the same as to a body that is not JSON."""
    return contract_error(UNREADABLE_BODY.error())


def rate_limited(error: RateLimitedError) -> ErrorAnswer:
    """Return the answer to an access key over its rate limit, in the text of the tier S0."""
    if "operation" not in error.facts:
        return error_answer(429, "429", None)
    wait = "1 second" if error.seconds == 1 else f"{error.seconds} seconds"
    title = TITLES[Operation(error.facts["operation"])]
    message = RATE_LIMITED.format(operation=title, version=error.facts["apiVersion"], wait=wait)
    return error_answer(429, "429", message)
