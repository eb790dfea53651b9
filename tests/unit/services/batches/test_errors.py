"""The errors of the routes of batches.

The smallest example: a limit of 0 where 1 to 1000 is allowed is 422 `InvalidLimit`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from anomaly_container.outbound.errors import Unavailable
from anomaly_container.services.batches import errors
from anomaly_container.services.batches.state import UnknownStateError

if TYPE_CHECKING:
    from anomaly_container.web.errors import ShellError


def test_a_limit_names_its_range() -> None:
    error = errors.InvalidLimit(1000)
    assert (error.status, error.code) == (422, "InvalidLimit")
    assert error.message == "'limit' must be a whole number from 1 to 1000."


def test_what_sns_may_send_again_is_5xx_and_what_it_may_not_is_4xx() -> None:
    again: list[ShellError] = [errors.SubscribeFailed(), errors.QueueFull(), errors.CertificateUnavailable()]
    final: list[ShellError] = [
        errors.InvalidMessage(),
        errors.BadSignature(),
        errors.TopicNotAllowed(),
        errors.RawDelivery(),
    ]
    assert {error.status // 100 for error in again} == {5}
    assert {error.status // 100 for error in final} == {4}


def test_a_store_that_is_away_and_a_state_of_another_version_are_503_and_quote_nothing() -> None:
    away = errors.store_unavailable(Unavailable("s3://secret"))
    unread = errors.state_unreadable(UnknownStateError("secret"))
    for answer in (away, unread):
        assert (answer.status, answer.code) == (503, "StoreUnavailable")
        assert answer.headers["Retry-After"] == "5"
        assert b"secret" not in answer.body
        assert json.loads(answer.body)["error"]["code"] == "StoreUnavailable"
    assert away.body != unread.body
