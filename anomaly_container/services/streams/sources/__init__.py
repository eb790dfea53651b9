"""The sources of the pipeline: a file, or topics of Kafka."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from anomaly_container.services.streams.events import Record

Position = dict[str, int]
"""A position in a source: the next `offset`; for a file also generation, base, line, inode and device."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Records that were read together.

    Attributes
    ----------
    records
        The records, in the order of their offsets within each partition.
    positions
        The positions behind the last record, by partition.
    epoch
        The number of times that partitions had come or gone when it was read. A batch of an earlier epoch is
        dropped: its records are read again by the member that has the partition now.
    """

    records: Sequence[Record] = ()
    positions: Mapping[str, Position] = field(default_factory=dict)
    epoch: int = 0


class Owner(Protocol):
    """Keeps the states of the partitions that a source assigns."""

    async def acquire(self, committed: Mapping[str, int | None]) -> Mapping[str, Position]:
        """Take partitions over.

        Parameters
        ----------
        committed
            The next offset to read that the source has on record, by partition; None if it does not exist.

        Returns
        -------
        dict
            The position to read from, by partition. A missing partition begins at its committed offset.
        """

    async def release(self, names: Collection[str]) -> None:
        """Finish the work on partitions, commit it, and forget them."""


class Source(Protocol):
    """Something to read records from.

    Attributes
    ----------
    answered
        True if it has answered once.
    epoch
        The number of times that partitions have come or gone.
    """

    answered: bool
    epoch: int

    @property
    def lag(self) -> Mapping[str, int]:
        """The records (of a file: the bytes) that wait to be read, by partition."""

    @property
    def partitions(self) -> tuple[str, ...]:
        """All partitions of the source, assigned or not."""

    async def open(self, owner: Owner) -> None:
        """Connect, and let the owner acquire partitions now or later."""

    async def read(self, room: int) -> Batch:
        """Return up to `room` records; an empty batch after a quarter of a second without any."""

    async def commit(self, offsets: Mapping[str, int]) -> bool:
        """Store the next offsets to read; False if the partitions belong to another member by now."""

    async def close(self) -> None:
        """Release what is open, after the owner has released the partitions."""
