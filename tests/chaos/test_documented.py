"""The refusals are those of docs/errors.md."""

from __future__ import annotations

from anomaly_container.services.univariate.errors import PLATFORM_MESSAGES
from tests.chaos.documented import refusals


def test_the_tables_are_read() -> None:
    assert {("408", 408, PLATFORM_MESSAGES[408]), ("413", 413, PLATFORM_MESSAGES[413])} <= refusals()
    assert ("CouldNotConnect", 503, "The metering endpoint is busy.") in refusals()
    assert {503} < {status for _, status, _ in refusals()}
