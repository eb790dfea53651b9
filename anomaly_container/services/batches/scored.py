"""The result of scoring one table."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from anomaly_container.services.batches.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from anomaly_container.services.batches.series_context import ScoredObject


@dataclass(frozen=True, slots=True)
class Source:
    """An object to score.

    Attributes
    ----------
    key
        Its key.
    etag
        Its etag.
    open
        Returns its bytes from the beginning, in pieces.
    earlier
        The last scored tables before it, oldest first, if the series detector runs.
    progress
        How far the work on it is.
    """

    key: str
    etag: str
    open: Callable[[], Iterable[bytes]]
    earlier: Sequence[ScoredObject] = ()
    progress: Progress = field(default_factory=Progress)

    def pieces(self) -> Iterator[bytes]:
        """Yield its bytes for one pass, which its progress counts."""
        return self.progress.reading(self.open())


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What is known of a table when its last row has been scored.

    Attributes
    ----------
    columns
        The scored columns.
    learnt
        The baseline after the table.
    increment
        What the table adds to any baseline; None if it was not asked for.
    rows, anomalies
        The rows, and how many of them are flagged.
    observations
        The observations of each column in the baseline after the table.
    by_detector
        The flagged rows of each detector.
    by_channel
        Of each column how many values are flagged, and mean, std and threshold of the last block,
        or of the whole table in compat mode.
    max_severity, strongest
        The largest severity and its reason; 0 and blank if there are none.
    bad_cells
        Cells of each column that are text; columns without any are left out.
    missing_columns
        The columns that the table does not have.
    first_time, last_time
        The time column of the first and of the last row; None if the table has none.
    encoding
        The encoding of the table.
    """

    columns: tuple[str, ...]
    learnt: Any
    increment: Any = None
    rows: int
    anomalies: int
    observations: Mapping[str, int]
    by_detector: Mapping[str, int] = field(default_factory=dict)
    by_channel: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    max_severity: float = 0.0
    strongest: str = ""
    bad_cells: Mapping[str, int] = field(default_factory=dict)
    missing_columns: Sequence[str] = ()
    first_time: str | None = None
    last_time: str | None = None
    encoding: str = "utf-8"


Scoring = Generator[bytes, None, Scored]
"""Yields the scored table, and returns what is known of it."""


class Output:
    """The scored table, piece by piece, and what is known of it afterwards.

    Parameters
    ----------
    scoring
        Scores the table.

    Attributes
    ----------
    scored
        What is known of the table, once the last piece has been taken.
    """

    def __init__(self, scoring: Scoring) -> None:
        self._scoring = scoring
        self.scored: Scored | None = None

    def __iter__(self) -> Iterator[bytes]:
        """Yield the pieces."""
        self.scored = yield from self._scoring
