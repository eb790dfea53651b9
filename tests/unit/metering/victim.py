"""Processes of the tests that die by SIGKILL."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


class Victim:
    """A process that says a dot for each step, and can be killed at any moment."""

    def __init__(self, module: str, *words: str) -> None:
        self.words = words
        self.steps = 0
        self._process = subprocess.Popen(  # noqa: S603  # this interpreter
            [sys.executable, "-m", f"tests.unit.metering.{module}", *words],
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        self.number = self._process.pid
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def _listen(self) -> None:
        assert self._process.stdout
        with self._process.stdout as dots:
            while heard := os.read(dots.fileno(), 4096):
                self.steps += len(heard)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._listener.join()
