"""The progress of one attempt: how far its table is, and the seconds of each stage."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from anomaly_container.services.batches.scorable import Scorable

READ: Final = "read"
PARSE: Final = "parse"
SCORE: Final = "score"
WRITE: Final = "write"
COMMIT: Final = "commit"
STAGES: Final = (READ, PARSE, SCORE, WRITE, COMMIT)


@dataclass(slots=True)
class Progress:
    """How far the work on a table is.

    A thread writes it while the event loop reads it: each attribute is replaced as a whole.

    Attributes
    ----------
    size
        The bytes of the object as it is stored; 0 if that is not known.
    bytes_read
        How many of them the pass that runs, or ran last, has read.
    rows
        The rows that this pass has scored or learnt.
    seconds
        The seconds of each stage so far, over all passes.
    """

    size: int = 0
    bytes_read: int = 0
    rows: int = 0
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STAGES, 0.0))

    def reading(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the bytes of a new pass, and count them.

        Parameters
        ----------
        pieces
            The bytes of the object.
        """
        self.bytes_read = self.rows = 0
        waiting = iter(pieces)
        while True:
            began = time.perf_counter()
            piece = next(waiting, None)
            self._add(READ, time.perf_counter() - began)
            if piece is None:
                return
            self.bytes_read += len(piece)
            yield piece

    def parsing(self, blocks: Iterable[Scorable]) -> Iterator[Scorable]:
        """Yield the blocks of a table, and count the rows of each when the next one is wanted.

        Parameters
        ----------
        blocks
            The blocks.
        """
        waiting = iter(blocks)
        while True:
            began, read = time.perf_counter(), self.seconds[READ]
            part = next(waiting, None)
            self._add(PARSE, time.perf_counter() - began - (self.seconds[READ] - read))
            if part is None:
                return
            yield part
            self.rows += part.values.shape[0]

    def spent(self) -> float:
        """Return the seconds of all stages."""
        return sum(self.seconds.values())

    def rest(self, stage: str, elapsed: float, spent: float) -> None:
        """Add what no other stage has taken of some elapsed time to a stage.

        Parameters
        ----------
        stage
            The stage.
        elapsed
            The elapsed seconds.
        spent
            What `spent` was before them.
        """
        self._add(stage, elapsed - (self.spent() - spent))

    def milliseconds(self) -> dict[str, float]:
        """Return the milliseconds of each stage, for the log."""
        return {f"{stage}_ms": round(1000 * self.seconds[stage], 1) for stage in STAGES}

    def _add(self, stage: str, seconds: float) -> None:
        self.seconds[stage] += max(0.0, seconds)
