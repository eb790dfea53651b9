"""One attempt at an object: its bytes, its scoring, and the names of its staged results."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from anomaly_container.services.batches.progress import Progress
from anomaly_container.services.batches.scored import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from anomaly_container.services.batches.dead_letters import DeadLetterError
    from anomaly_container.services.batches.ledger import Entry
    from anomaly_container.services.batches.scored import Scored
    from anomaly_container.services.batches.waiting import Item


@dataclass(slots=True, kw_only=True)
class Attempt:
    """An object on its way to a commit.

    Attributes
    ----------
    item
        The object, with its etag.
    began
        When the work on it began, on the monotonic clock.
    open
        Returns its bytes from the beginning, on a thread.
    is_short
        Whether its results fit in memory.
    names
        The names of its staged results; the last is that of the newest scoring.
    scored
        What is known of its table; None before it is scored.
    revision
        The revision of the state that it was scored by; -1 if that was not one that was committed.
    fault
        Why it cannot be scored; None if it can, as far as is known.
    progress
        How far the work on it is.
    """

    item: Item
    began: float
    open: Callable[[], Iterable[bytes]]
    is_short: bool = True
    names: list[str] = field(default_factory=list)
    scored: Scored | None = None
    revision: int = -1
    fault: DeadLetterError | None = None
    progress: Progress = field(default_factory=Progress)

    @property
    def source(self) -> Source:
        """The object as a mode takes it."""
        return Source(self.item.key, self.item.etag, self.open, progress=self.progress)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an object.

    Attributes
    ----------
    result
        `processed`, `duplicate`, `dead_letter`, or `failed` if it is not in the ledger.
    entry
        Its entry in the ledger; None for a duplicate.
    scored
        What is known of its table; None if it is not a batch.
    error
        Why it failed; None if it did not.
    progress
        The seconds of its stages.
    """

    result: str
    entry: Entry | None = None
    scored: Scored | None = None
    error: Exception | None = None
    progress: Progress = field(default_factory=Progress)


PROCESSED = "processed"
DUPLICATE = "duplicate"
DEAD_LETTER = "dead_letter"
FAILED = "failed"
