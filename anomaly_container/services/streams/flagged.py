"""The part of a flagged event that alarms and reports use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from anomaly_container.services.streams.results import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Flagged:
    """An event that is a High Outlier.

    Attributes
    ----------
    id, partition, offset
        Those of its record.
    time
        Its time, in seconds since 1970.
    score
        Its score.
    reasons
        The reasons, as in its result; the main one first.
    key
        The key of its series, in mode keys.
    """

    id: str
    partition: str
    offset: int
    time: float
    score: float
    reasons: tuple[Reason, ...] = ()
    key: str | None = None

    @property
    def main(self) -> str | None:
        """The main feature."""
        return self.reasons[0].feature if self.reasons else None

    def document(self) -> dict[str, Any]:
        """Return the event as JSON."""
        return {
            "id": self.id,
            "partition": self.partition,
            "offset": self.offset,
            "time": self.time,
            "score": self.score,
            "reasons": [reason.document() for reason in self.reasons],
            "key": self.key,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Flagged:
        """Read what `document` returned."""
        reasons = tuple(Reason.from_document(reason) for reason in document["reasons"])
        return cls(**{**document, "reasons": reasons})
