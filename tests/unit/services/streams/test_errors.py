"""The errors of streams.

The smallest example: 429 is `Throttling`, in the body and in the header.
"""

from __future__ import annotations

import json

import pytest

from anomaly_container.services.streams import errors
from anomaly_container.web.errors import MESSAGES


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "ValidationError"),
        (401, "AccessDenied"),
        (403, "AccessDenied"),
        (404, "NotFound"),
        (405, "MethodNotAllowed"),
        (406, "ValidationError"),
        (408, "RequestTimeout"),
        (413, "RequestTooLarge"),
        (415, "ValidationError"),
        (429, "Throttling"),
        (431, "ValidationError"),
        (500, "InternalFailure"),
        (503, "ServiceUnavailable"),
    ],
)
def test_the_status_decides_on_the_type(status: int, kind: str) -> None:
    answer = errors.aws_error(status, "some word", None)
    content = json.loads(answer.body)
    assert (answer.status, answer.code, content["code"]) == (status, kind, kind)
    assert answer.headers["x-amzn-ErrorType"] == kind
    assert content["message"] == MESSAGES.get(status, content["message"]) != ""


def test_a_message_is_passed_on() -> None:
    assert json.loads(errors.aws_error(400, "400", "row 1 is odd").body)["message"] == "row 1 is odd"
