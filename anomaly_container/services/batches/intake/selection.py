"""Of the objects that a message names, those that are scored here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from anomaly_container.services.batches import metrics
from anomaly_container.services.batches.keys import is_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anomaly_container.services.batches.intake.events import ObjectEvent


@dataclass(frozen=True, slots=True)
class Selection:
    """Selects the tables of one bucket, below one prefix.

    What a process writes there itself makes events too, the notes of messages among them. They must not be
    noted again, or one event would have no end.

    Attributes
    ----------
    bucket
        The name of the bucket.
    prefix
        What stands before `raw/` in the keys of the bucket; blank, or ending with a slash.
    """

    bucket: str
    prefix: str = ""

    def of(self, objects: Iterable[ObjectEvent]) -> list[ObjectEvent]:
        """Return the tables, with keys below the prefix; the other objects are counted.

        That of a table whose key cannot be used is returned too: it becomes a dead letter.

        Parameters
        ----------
        objects
            The created objects of a message.
        """
        found = []
        for one in objects:
            key = one.key.removeprefix(self.prefix)
            if one.bucket != self.bucket:
                metrics.IGNORED.labels("bucket").inc()
            elif not one.key.startswith(self.prefix) or not is_table(key):
                metrics.IGNORED.labels("name").inc()
            else:
                found.append(replace(one, key=key))
        return found
