"""Members as processes, and what they leave in topics and folders."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import orjson

from anomaly_container.metering.totals import raise_to
from anomaly_container.services.streams import sample
from anomaly_container.services.streams.events import Record
from anomaly_container.services.streams.training import train
from tests.system.streams.fault_points import VARIABLE
from tests.system.streams.settings import LICENCE, settings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from anomaly_container.services.streams.model_file import Model

ROOT = Path(__file__).parents[3]
SECONDS_TO_STOP = 60.0


def records_of(lines: Sequence[bytes], name: str = "sample") -> list[Record]:
    """Return lines as the records of a file."""
    found, offset = [], 0
    for number, line in enumerate(lines, 1):
        found.append(Record(f"{name}-{number}", name, offset, offset + len(line) + 1, line))
        offset += len(line) + 1
    return found


def trained(lines: Sequence[bytes]) -> Model:
    """Return a model of these lines."""
    return train(records_of(lines), settings_of({}), created=0.0).model


def sample_lines() -> list[bytes]:
    """Return the lines of the sample."""
    return list(sample.lines())


@dataclass
class Members:
    """Processes of one group."""

    folder: Path
    words: Mapping[str, str]
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, dies_at: str | None = None, **more: str) -> subprocess.Popen[bytes]:
        """Start a member, with a metering folder of its own unless it is told otherwise."""
        own = self.folder / str(uuid4())
        own.mkdir()
        output = more.pop("output", str(own))
        Path(output).mkdir(exist_ok=True)
        words = {**LICENCE, **self.words, "Mounts:Output": output, **more}
        (own / "settings.json").write_text(json.dumps(words), encoding="utf-8")
        log = (own / "log").open("wb")
        process = subprocess.Popen(  # noqa: S603  # our own module
            [
                sys.executable,
                "-m",
                "tests.system.streams.member",
                str(own / "settings.json"),
            ],  # Debian's
            cwd=ROOT,
            env={**os.environ, **({VARIABLE: dies_at} if dies_at else {})},
            stdout=log,
            stderr=log,
        )
        log.close()
        self.running.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a member, which says nothing to anybody."""
        process.kill()
        process.wait()
        self.running.remove(process)

    def stop(self) -> None:
        """Stop all members as an operator does."""
        for process in self.running:
            process.terminate()
        for process in self.running:
            assert process.wait(SECONDS_TO_STOP) == 0, self.logs()
        self.running.clear()

    def logs(self) -> str:
        """Return what all members have logged."""
        return "\n".join(path.read_text(errors="replace")[-4000:] for path in self.folder.glob("*/log"))

    def counted(self) -> int:
        """Return the events that all metering folders together have."""
        return sum(
            sum(raise_to(path.parent, path.stem, {}).values())
            for path in self.folder.rglob("streams-*.total")
        )


@contextmanager
def members(folder: Path, words: Mapping[str, str]) -> Iterator[Members]:
    """Run members, and kill those that are left."""
    made = Members(folder, words)
    try:
        yield made
    finally:
        for process in made.running:
            process.kill()
            process.wait()


def wait_until(holds: Callable[[], bool], seconds: float, explain: Callable[[], str]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, explain()
        time.sleep(0.05)


def lines_of(path: Path) -> list[dict[str, Any]]:
    """Return the documents of a file of JSON lines."""
    return [orjson.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []
