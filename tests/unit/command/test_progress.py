"""The bar on standard error."""

from __future__ import annotations

import io
import sys

import pytest

from anomaly_container.command.progress import progress


@pytest.mark.parametrize(
    ("terminal", "long", "drawn"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_progress_is_drawn_on_a_terminal_for_long_series_alone(
    monkeypatch: pytest.MonkeyPatch, *, terminal: bool, long: bool, drawn: bool
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: terminal)
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with progress("long.csv", long) as advance:
        advance(1, 4)
        advance(4, 4)
    assert ("long.csv" in stream.getvalue()) is drawn
