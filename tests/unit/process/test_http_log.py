"""The log of requests that fail outside of all handlers.

The smallest example: `failed` with a ValueError of the text `s3cret` is written as `failed: ValueError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anomaly_container.process.http_log import http_log

if TYPE_CHECKING:
    import pytest


def test_an_exception_is_named_and_not_quoted(caplog: pytest.LogCaptureFixture) -> None:
    http_log().error("%s", "failed", exc_info=ValueError("s3cret"))
    assert caplog.messages == ["failed: ValueError"]
    assert "s3cret" not in caplog.text
