"""What every test run shows: the lines that tests recorded, whatever process ran them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests recorded as `shown`, sorted, under one heading."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.getreports(kind)]
    rows = sorted(
        str(value) for report in reports for name, value in report.user_properties if name == "shown"
    )
    if rows:
        terminalreporter.section("figures")
        for row in rows:
            terminalreporter.line(row)
