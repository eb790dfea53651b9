"""A process that leads, or waits until it may, until it is killed."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from anomaly_container.metering.heartbeat import Heartbeat
from anomaly_container.metering.policy import Outcome
from tests.support.usage_records import NAMES
from tests.unit.metering.metering import metering_settings

if TYPE_CHECKING:
    from collections.abc import Mapping


class Diary:
    """A sender that notes in a file of all processes when each record begins and ends to be sent."""

    def __init__(self, directory: Path) -> None:
        self._notes = os.open(directory / "diary", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def send(self, wire: Mapping[str, object]) -> Outcome:
        self._note("begin", wire["id"])
        time.sleep(0.02)
        self._note("end", wire["id"])
        return Outcome(200)

    def _note(self, *words: object) -> None:
        os.write(self._notes, f"{os.getpid()} {' '.join(map(str, words))}\n".encode())


def lead(directory: Path) -> None:
    """Run a heartbeat for ever, and say once that it runs."""
    settings = metering_settings(Metering__IntervalSeconds=0.01)
    Heartbeat(settings, directory, NAMES, sender=Diary(directory)).start()
    os.write(1, b".")
    time.sleep(3600)


if __name__ == "__main__":
    lead(Path(sys.argv[1]))
