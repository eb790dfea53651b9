"""The bar on standard error."""

from __future__ import annotations

import io
import sys
import time

import pytest

from anomaly_container.cli.progress import progress


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


@pytest.mark.parametrize(("files", "drawn"), [(1, False), (4, False), (5, True), (1200, True)])
def test_many_files_are_counted(monkeypatch: pytest.MonkeyPatch, *, files: int, drawn: bool) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with progress("short.csv", False, 3, files) as advance:
        advance(1, 1)
    assert (f"file 3 of {files:,}" in stream.getvalue()) is drawn
    assert ("short.csv" in stream.getvalue()) is drawn


@pytest.mark.parametrize(("unit", "shown"), [("bytes", "B/s"), ("files", " files/s"), ("", "")])
def test_a_bar_shows_the_rate_of_its_unit(monkeypatch: pytest.MonkeyPatch, unit: str, shown: str) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    with progress("long.csv", True, unit=unit) as advance:
        for done in (1, 2, 3):
            advance(done * 100_000_000, 1_000_000_000)
            time.sleep(0.02)
    drawn = stream.getvalue()
    assert "long.csv" in drawn
    assert shown in drawn
    assert ("/s" in drawn) is bool(unit)
