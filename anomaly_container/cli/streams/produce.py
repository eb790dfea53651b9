"""Append events of the sample to a file, as a program that writes a log does, until interrupted.

Their times begin a year ago and go on about a thousand times faster than the clock, so that two weeks of
events with their five episodes pass within minutes; at the present they go on as the clock does.
"""

from __future__ import annotations

import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import orjson

from anomaly_container.cli.numbers import number_of
from anomaly_container.services.streams import sample

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator

    from anomaly_container.services.streams.settings import StreamsSettings

FAILED: Final = 1
MOST_BYTES: Final = 64 << 20
"""The size at which the file is put aside as FILE.1, as a log is rotated."""
PERIOD: Final = timedelta(weeks=2)
"""The time that a sample spans; a whole number of weeks, so that days of the week stay."""
PERIODS: Final = 26
SKIPPED: Final = 15_800
"""Events of the first sample that are left out, so that its episodes come soon."""
STEP_SECONDS: Final = 0.05
LARGEST: Final = (1 << 53) - 1


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the verb to its parser."""
    add = parser.add_argument
    add("file", type=Path, metavar="FILE", help="the file, which is made if it does not exist")
    add("--rate", type=_rate, default=20.0, metavar="N", help="events in a second, 20 by default")
    add("--seed", type=_number, default=1, metavar="N", help="seed of the first sample, 1 by default")
    add("--count", type=_number, metavar="N", help="number of events; endless by default")


def run(arguments: Namespace, _settings: StreamsSettings) -> int:
    """Append the events, and return the exit code."""
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        append(
            arguments.file, islice(events_from(arguments.seed, time.time()), arguments.count), arguments.rate
        )
    except KeyboardInterrupt:
        return 0
    except OSError as error:
        sys.stderr.write(f"{error.filename or arguments.file}: {error.strerror}\n")
        return FAILED
    finally:
        signal.signal(signal.SIGTERM, previous)
    return 0


def append(path: Path, events: Iterator[tuple[float, bytes]], rate: float) -> None:
    """Append events at a rate, each not before its own time.

    Parameters
    ----------
    path
        The file, which is put aside when it is large.
    events
        The times of events, in seconds since 1970, and their lines.
    rate
        Events in a second.
    """
    began = time.monotonic()
    path.parent.mkdir(parents=True, exist_ok=True)
    for written, (event_time, line) in enumerate(events):
        delay = max(began + written / rate - time.monotonic(), event_time - time.time())
        if delay > STEP_SECONDS:
            time.sleep(delay)
        with path.open("ab") as file:
            file.write(line)
            size = file.tell()
        if size >= MOST_BYTES:
            path.replace(path.with_name(f"{path.name}.1"))


def events_from(seed: int, now: float) -> Iterator[tuple[float, bytes]]:
    """Yield the times and lines of one sample after the other, the first of them about a year ago.

    Parameters
    ----------
    seed
        The seed of the first sample; later samples have the following numbers.
    now
        Seconds since 1970.
    """
    first = _first_time(next(iter(sample.lines(seed))))
    ago = datetime.fromtimestamp(now, UTC) - PERIODS * PERIOD - first
    shift = timedelta(weeks=ago // timedelta(weeks=1))
    for number in count():
        lines = sample.lines(seed + number)
        for line in islice(lines, 0 if number else SKIPPED, None):
            event = orjson.loads(line)
            moved = datetime.fromisoformat(event["timestamp"]) + shift + number * PERIOD
            event["timestamp"] = moved.isoformat().replace("+00:00", "Z")
            yield moved.timestamp(), orjson.dumps(event) + b"\n"


def _first_time(line: bytes) -> datetime:
    return datetime.fromisoformat(orjson.loads(line)["timestamp"])


def _rate(text: str) -> float:
    return number_of(text, float, 0.01, 10_000.0)


def _number(text: str) -> int:
    return number_of(text, int, 0, LARGEST)
