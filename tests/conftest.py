"""What every test run shows, and the two kinds of kernels that tests are run with."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from anomaly_container.detection.univariate import _kernels
from tests.support.scale import Scale, scale_of_this_run

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS_TO_END = 10.0
OF_A_LOOP = "asyncio_"
"""How the threads of an event loop are named; one that serves a whole module outlives a test."""


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """Wait for the threads a test has started, or fail: what one left would log into the next."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        if thread.name.startswith(OF_A_LOOP):
            continue
        thread.join(SECONDS_TO_END)
        assert not thread.is_alive(), f"the test has left a thread: {thread.name}"


@pytest.fixture(scope="session")
def scale() -> Scale:
    """Return the form of this run: short, or full with `SCALE=full`."""
    return scale_of_this_run()


@pytest.fixture(params=["compiled", "numpy"])
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the test once with the compiled kernels and once with their twins in numpy."""
    if request.param == "numpy":
        monkeypatch.setattr(_kernels, "compiled", None)
    elif _kernels.compiled is None:
        pytest.skip("the kernels are not compiled: there was no compiler")


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
