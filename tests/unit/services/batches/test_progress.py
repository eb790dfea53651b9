"""The progress of an attempt, by a clock that the test moves.

The smallest example: of pieces of 2 and 3 bytes, 2 are read once the first has been taken.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest

from anomaly_container.services.batches.progress import COMMIT, PARSE, READ, SCORE, WRITE, Progress
from anomaly_container.services.batches.scorable import Scorable

if TYPE_CHECKING:
    from collections.abc import Iterator


class Clock:
    """A clock that stands still unless it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(time, "perf_counter", made)
    return made


def block(rows: int) -> Scorable:
    return Scorable(cast("Any", None), np.zeros((rows, 1)), [0])


def test_bytes_are_counted_as_they_are_taken() -> None:
    progress = Progress(size=5)
    pieces = progress.reading([b"ab", b"cde"])
    assert next(pieces) == b"ab"
    assert (progress.bytes_read, progress.size) == (2, 5)
    assert list(pieces) == [b"cde"]
    assert progress.bytes_read == 5


def test_a_second_pass_begins_again() -> None:
    progress = Progress()
    list(progress.reading([b"abc"]))
    list(progress.parsing([block(4)]))
    assert (progress.bytes_read, progress.rows) == (3, 4)
    next(progress.reading([b"a", b"b"]))
    assert (progress.bytes_read, progress.rows) == (1, 0)


def test_rows_are_done_when_the_next_block_is_wanted() -> None:
    progress = Progress()
    blocks = progress.parsing([block(4), block(3)])
    next(blocks)
    assert progress.rows == 0
    next(blocks)
    assert progress.rows == 4
    assert list(blocks) == []
    assert progress.rows == 7


def test_each_second_belongs_to_one_stage(clock: Clock) -> None:
    progress = Progress()

    def stored() -> Iterator[bytes]:
        clock.now += 1.0
        yield b"a"

    def parsed(pieces: Iterator[bytes]) -> Iterator[Scorable]:
        for _ in pieces:
            clock.now += 2.0
            yield block(1)

    for _ in progress.parsing(parsed(progress.reading(stored()))):
        clock.now += 4.0
    progress.rest(SCORE, clock.now, 0.0)
    spent = progress.spent()
    progress.rest(WRITE, 8.0, spent)
    progress.rest(COMMIT, 24.0, spent)  # of which the write took 8
    assert progress.seconds == {READ: 1.0, PARSE: 2.0, SCORE: 4.0, WRITE: 8.0, COMMIT: 16.0}
    assert progress.milliseconds() == {
        "read_ms": 1000.0,
        "parse_ms": 2000.0,
        "score_ms": 4000.0,
        "write_ms": 8000.0,
        "commit_ms": 16000.0,
    }
