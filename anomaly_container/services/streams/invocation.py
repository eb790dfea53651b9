"""Scores of the rows and events of a request: the model does not learn, and no alarm is raised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from anomaly_container.services.streams.errors import InvalidRows
from anomaly_container.services.streams.models import NoRowsError
from anomaly_container.services.streams.results import (
    HIGH_OUTLIER,
    NORMAL,
    Column,
    Reason,
    largest_shares,
    reasons_of,
)
from anomaly_container.services.streams.shown_values import shown_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.detection.numeric.arrays import FloatArray
    from anomaly_container.services.streams.contract.body import Body
    from anomaly_container.services.streams.event_reader import EventReader
    from anomaly_container.services.streams.model_file import Model


@dataclass(frozen=True, slots=True)
class RowResult:
    """The result of a row.

    Attributes
    ----------
    score, threshold
        Its score, and the threshold of the stream at the moment.
    reasons
        The features with the largest shares; empty if they were not requested.
    has_values
        True if the reasons have the values of an event; a row has only numbers.
    """

    score: float
    threshold: float
    reasons: tuple[Reason, ...] = ()
    has_values: bool = False

    @property
    def word(self) -> str:
        """`High Outlier` or `Normal`."""
        return HIGH_OUTLIER if self.score > self.threshold else NORMAL


@dataclass(frozen=True, slots=True)
class Invocation:
    """The scoring of rows.

    Attributes
    ----------
    model
        The model.
    reader
        Reads events with the fields of the settings.
    threshold
        The threshold of the stream at the moment.
    is_scaled
        True if the rows are scaled already.
    """

    model: Model
    reader: EventReader
    threshold: float
    is_scaled: bool

    def results(self, body: Body, *, explain: bool) -> list[RowResult]:
        """Return the result of each row or event.

        Parameters
        ----------
        body
            The content of a request.
        explain
            True to return reasons.

        Raises
        ------
        InvalidRows
            If a row cannot be scored.
        """
        try:
            if body.events:
                vectors, columns = self._of_events(body.events)
            else:
                rows = body.array()
                vectors = rows if self.is_scaled else self.model.encoder.scaled(rows)
                nothing = [None] * len(vectors)
                columns = tuple(Column(name, nothing, None) for name in self.model.columns)
            if not explain:
                scores = self.model.scorer.scores(vectors).tolist()
                return [RowResult(score, self.threshold) for score in scores]
            return self._explained(vectors, columns, has_values=bool(body.events))
        except NoRowsError as error:
            raise InvalidRows(str(error)) from error

    def _of_events(self, documents: Sequence[object]) -> tuple[FloatArray, tuple[Column, ...]]:
        """Return the rows of events, and the columns as reasons show them."""
        if self.model.shingle > 1:
            message = f"the model scores {self.model.shingle} events in a row as one; send their numbers"
            raise InvalidRows(message)
        read = self.reader.read_documents(documents)
        if read.parked:
            first = read.parked[0]
            message = f"event {first.record.offset + 1} cannot be read ({first.reason}): {first.detail}"
            raise InvalidRows(message)
        encoder = self.model.encoder
        raw = encoder.rows(read.events)[0]
        return encoder.scaled(raw), shown_columns(encoder, read.events, raw)

    def _explained(
        self, vectors: FloatArray, columns: Sequence[Column], *, has_values: bool
    ) -> list[RowResult]:
        scores, shares = self.model.scorer.attributed(vectors)
        # The places of a feature in a vector of several events are summed.
        shares = shares.reshape(len(scores), -1, len(columns), 2).sum(axis=1)
        order, ratios = largest_shares(shares)
        highs = (shares[:, :, 1] >= shares[:, :, 0]).tolist()
        parts = zip(scores.tolist(), order.tolist(), ratios.tolist(), highs, strict=True)
        return [
            RowResult(score, self.threshold, reasons_of(row, places, part, high, columns), has_values)
            for row, (score, places, part, high) in enumerate(parts)
        ]
