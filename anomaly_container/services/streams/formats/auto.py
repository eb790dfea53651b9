"""Detection of the format of the records of a partition."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMATS: Final = ("json", "combined", "logfmt", "csv")
"""From the strictest on: if equally many records are events in two formats, the first format counts."""
LOOKED_AT: Final = 100
"""The number of records after which the format is kept."""


@dataclass(slots=True)
class FormatState:
    """The known format of a partition.

    It depends only on the records, not on the batches in which they come.

    Attributes
    ----------
    format
        The format in which most records so far are events; blank before the first.
    columns
        The names of the columns of a table; empty if they are not known.
    tally
        The number of records that are events, by format.
    seen
        The number of records so far.
    """

    format: str = ""
    columns: list[str] = field(default_factory=list)
    tally: dict[str, int] = field(default_factory=dict)
    seen: int = 0

    @property
    def is_settled(self) -> bool:
        """True if the format is kept."""
        return self.seen >= LOOKED_AT

    def look(self, formats: Mapping[str, bool]) -> str:
        """Count one record, and return the format to read it in.

        Parameters
        ----------
        formats
            True if the record is an event, by format.
        """
        self.seen += 1
        for name, is_event in formats.items():
            self.tally[name] = self.tally.get(name, 0) + is_event
        self.format = max(FORMATS, key=lambda name: self.tally.get(name, 0))
        return self.format

    def document(self) -> dict[str, Any]:
        """Return the state as an object of JSON."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> FormatState:
        """Return the state that `document` gave."""
        return cls(**document)
