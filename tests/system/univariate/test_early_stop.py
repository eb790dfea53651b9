"""A stop that comes while a worker begins is not lost: the worker takes it once it can."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.system.server import GATE, SECONDS_TO_STOP, free_port, spawn

if TYPE_CHECKING:
    from pathlib import Path

SECONDS_TO_BEGIN = 2.0
PATIENCE = 6.5
"""Less than gunicorn waits before it kills, and more than a drain after a slow beginning takes."""
SLOW_TO_BEGIN = f"""
import os, sys, time
if "gunicorn" in sys.orig_argv:
    os.register_at_fork(after_in_child=lambda: time.sleep({SECONDS_TO_BEGIN}))
"""


@pytest.mark.parametrize("stop_signal", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_begins_stops_when_told(tmp_path: Path, stop_signal: int) -> None:
    (tmp_path / "sitecustomize.py").write_text(SLOW_TO_BEGIN)
    words = [*GATE, "Host=127.0.0.1", f"Port={free_port()}", "Workers=1"]
    process = spawn(words, {"PYTHONPATH": str(tmp_path)})
    try:
        assert process.stdout is not None
        assert any("Application started" in line for line in process.stdout)
        time.sleep(SECONDS_TO_BEGIN / 4)  # the worker is there and has not begun
        began = time.monotonic()
        process.send_signal(stop_signal)
        _, err = process.communicate(timeout=SECONDS_TO_STOP)
        assert SECONDS_TO_BEGIN / 4 < time.monotonic() - began < PATIENCE
        assert (process.returncode, err) == (0, "")
    finally:
        process.kill()
        process.communicate()
