"""A process that follows a file, and is killed.

The smallest example: whatever is killed when, every event is in the sink's file once, and the state is that
of a process that was never killed.
"""

from __future__ import annotations

import random
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from anomaly_container.services.streams.snapshots import opened
from tests.system.streams.fault_points import POINTS
from tests.system.streams.processes import lines_of, members, sample_lines, trained, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.scale import Scale
    from tests.system.streams.processes import Members

SECONDS = 30.0


def words_of(folder: Path, name: str) -> dict[str, str]:
    """Return the settings of a stream with sinks in a folder."""
    own = folder / name
    own.mkdir()
    return {
        "Streams:Source": str(own / "web.log"),
        "Streams:Model": str(folder / "model"),
        "Streams:StateDirectory": str(own / "state"),
        "Streams:StateSeconds": "1",
        "Streams:Kafka:BatchMs": "20",
        "Streams:Kafka:BatchEvents": "100",
        "Streams:Sinks:results:Type": "file",
        "Streams:Sinks:results:Path": str(own / "results.jsonl"),
        "Streams:Sinks:notices:Type": "file",
        "Streams:Sinks:notices:What": "alarms,reports",
        "Streams:Sinks:notices:Path": str(own / "notices.jsonl"),
    }


def state_of(folder: Path) -> dict[str, Any]:
    """Return the last snapshot of the file, without what differs between containers and files."""
    content = opened((folder / "state" / "web.log.snapshot").read_bytes())
    assert content is not None
    document: dict[str, Any] = orjson.loads(content)
    totals = document.pop("totals")
    document["position"] = {name: document["position"][name] for name in ("offset", "line", "generation")}
    document["total"] = totals["folded"] + sum(total for total, _ in totals["lines"].values())
    # The clock of the moment is in the times of the stream.
    for name in ("time", "settled"):
        for word in ("clock", "spoke"):
            document["monitor"][name].pop(word)
    return document


class Rest:
    """The rest of the sample, and what streams make of it in a folder.

    Parameters
    ----------
    folder
        Has the model, and a folder for each stream.
    events
        How many events are written.
    """

    def __init__(self, folder: Path, events: int) -> None:
        lines = sample_lines()
        trained(lines[:16_000]).save(folder / "model")
        self.folder, self.lines = folder, lines[16_000 : 16_000 + events]

    def stream(self, name: str) -> Stream:
        """Return a stream of these events."""
        return Stream(self, name)


class Stream:
    """One stream, its processes and its files."""

    def __init__(self, rest: Rest, name: str) -> None:
        self.rest, self.words = rest, words_of(rest.folder, name)
        self.folder = rest.folder / name
        (self.folder / "web.log").touch()

    def write(self, begin: int, end: int) -> None:
        """Append events to the file."""
        with (self.folder / "web.log").open("ab") as log:
            log.write(b"".join(line + b"\n" for line in self.rest.lines[begin:end]))

    def written(self) -> int:
        """Return how many results there are."""
        return len(whole_lines(self.folder / "results.jsonl"))

    def finish(self, group: Members) -> Left:
        """Wait until all is delivered, stop, and return what is left."""
        wait_until(lambda: self.written() >= len(self.rest.lines), SECONDS, group.logs)
        group.stop()
        notices = lines_of(self.folder / "notices.jsonl")
        return Left(
            results=lines_of(self.folder / "results.jsonl"),
            notices={document["id"]: document for document in notices},
            state=state_of(self.folder),
            counted=group.counted(),
        )

    def undisturbed(self) -> Left:
        """Run one process on all events."""
        with members(self.folder, self.words) as group:
            group.start(output=str(self.folder / "output"))
            self.write(0, len(self.rest.lines))
            return self.finish(group)


@dataclass
class Left:
    """What a stream leaves."""

    results: list[dict[str, Any]]
    notices: dict[str, dict[str, Any]]
    state: dict[str, Any]
    counted: int


def test_kills_lose_nothing_double_nothing_and_leave_the_same_state(tmp_path: Path, scale: Scale) -> None:
    rest = Rest(tmp_path, 4000)
    kills, steps = random.Random(15), scale.of(5, 21)  # noqa: S311  # a test
    stream = rest.stream("killed")
    with members(stream.folder, stream.words) as group:
        for part in range(steps):
            process = group.start(output=str(stream.folder / "output"))
            begin, end = len(rest.lines) * part // steps, len(rest.lines) * (part + 1) // steps
            stream.write(begin, end)
            if part + 1 < steps:
                wanted = begin + int((end - begin) * kills.random())
                wait_until(lambda wanted=wanted: stream.written() >= wanted, SECONDS, group.logs)  # type: ignore[misc]  # bound at once
                group.kill(process)
        left = stream.finish(group)
    assert left == rest.stream("undisturbed").undisturbed()
    assert left.counted == len(rest.lines)


@pytest.mark.parametrize("place", POINTS)
def test_a_death_between_two_steps_loses_nothing(tmp_path: Path, place: str) -> None:
    rest = Rest(tmp_path, 1000)
    stream = rest.stream("dying")
    with members(stream.folder, stream.words) as group:
        for begin in (0, 250, 500):
            stream.write(begin, begin + 250)
            process = group.start(dies_at=f"{place}:1", output=str(stream.folder / "output"))
            process.wait(SECONDS)
            assert process.returncode == -signal.SIGKILL, group.logs()
            group.running.remove(process)
        stream.write(750, 1000)
        group.start(output=str(stream.folder / "output"))
        left = stream.finish(group)
    assert left == rest.stream("undisturbed").undisturbed()
    assert left.counted == len(rest.lines)


def whole_lines(path: Path) -> list[bytes]:
    """Return the whole lines of a file that is being written."""
    return path.read_bytes().split(b"\n")[:-1] if path.exists() else []
