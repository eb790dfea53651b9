"""Which of these tests may be skipped: a skip for any other reason is a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

ALLOWED = (
    "node and npm are not installed",
    "npm: its registry",
    "this machine lets nobody mount a disk",
    "versitygw is not installed",
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if not reason.startswith(ALLOWED):
            report.outcome = "failed"
            report.longrepr = f"skipped for a reason that is not allowed: {reason}"
    return report
