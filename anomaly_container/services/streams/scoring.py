"""Records in, results out: the pure core of the pipeline, which a replay and the service share."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

import numpy as np

from anomaly_container.detection.forest import thresholds
from anomaly_container.detection.forest.random_cut import RandomCutForest
from anomaly_container.services.streams.event_reader import EventReader
from anomaly_container.services.streams.measures import stage
from anomaly_container.services.streams.minute_book import MinuteBook
from anomaly_container.services.streams.results import Column, Result, largest_shares, reasons_of
from anomaly_container.services.streams.shingle import shingled
from anomaly_container.services.streams.shown_values import shown_columns
from anomaly_container.services.streams.state import PartitionState, decoded, encoded
from anomaly_container.services.streams.totals import Totals

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray
    from anomaly_container.services.streams.events import Events, Parked
    from anomaly_container.services.streams.model_file import Model
    from anomaly_container.services.streams.settings import StreamsSettings
    from anomaly_container.services.streams.sources import Batch, Position

UNCOUNTED: Final = "-"


@dataclass(slots=True)
class Scored:
    """The result of a batch.

    Attributes
    ----------
    results
        One for each event that was scored, in the order of the records.
    parked
        The records that cannot be read.
    events
        The events that were read, warming ones included.
    filled, unseen
        The numbers of filled values, and of words that the training did not know, by feature.
    lacking : ndarray of bool, shape (n, d)
        True if the event lacks the column; None without events.
    """

    results: list[Result] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)
    events: int = 0
    filled: dict[str, int] = field(default_factory=dict)
    unseen: dict[str, int] = field(default_factory=dict)
    lacking: BoolArray | None = None


class Scoring:
    """Scores batches, and holds the states of their partitions.

    Parameters
    ----------
    settings
        The settings.
    model
        The model.
    now
        A function that returns the time in seconds since 1970, to detect events of the future; None in a
        replay.
    instance
        The id of the container, whose line counts what is scored.

    Attributes
    ----------
    states
        The state of each partition.
    """

    def __init__(
        self,
        settings: StreamsSettings,
        model: Model,
        *,
        now: Callable[[], float] | None = None,
        instance: str = UNCOUNTED,
    ) -> None:
        self._settings, self._now, self._instance = settings, now, instance
        self._model = model
        self.states: dict[str, PartitionState] = {}
        self._reader = EventReader(settings, features=model.encoder.features)
        self._thresholds: dict[str, thresholds.Threshold] = {}

    @property
    def model(self) -> Model:
        """The model, which is replaced between two batches."""
        return self._model

    @model.setter
    def model(self, model: Model) -> None:
        self._model = model
        self._reader = EventReader(self._settings, self._reader.formats, model.encoder.features)

    def take(self, batch: Batch) -> Scored:
        """Score a batch, and take its events into the states.

        Parameters
        ----------
        batch
            Records of partitions that were begun. Those that the state has seen are ignored.

        Returns
        -------
        Scored
            The results, in the order of the records, and what was parked.
        """
        records = [found for found in batch.records if found.offset >= self.states[found.partition].offset]
        with stage("parse"):
            read = self._reader.read(records)
        scored = Scored(parked=read.parked, events=len(read.events))
        for parked in read.parked:
            self.states[parked.record.partition].book.park(parked.reason, parked.record.offset)
        bad = {(one.record.partition, one.record.offset) for one in read.parked}
        for record in records:  # in their order, so that the share does not depend on the cut of batches
            self.states[record.partition].recent.add(parked=(record.partition, record.offset) in bad)
        if read.events.records:
            with stage("score"):
                self._score(read.events, scored)
        for name, position in batch.positions.items():
            if position["offset"] > self.states[name].offset:
                self.states[name].position = position
        return scored

    # The interface of `partitions.Holder`.

    def begin(self, name: str, document: bytes | None, *, anew: bool = False) -> Position | None:
        """Restore a partition from its last document, and return where to read on."""
        state = decoded(document) if document is not None else self._fresh()
        state.book.lateness = self._settings.allowed_lateness_seconds
        if anew:
            state = replace(self._fresh(), totals=state.totals)
        self.states[name] = state
        self._thresholds.pop(name, None)
        self._reader.begin(name, state.format)
        return state.position if document is not None and not anew else None

    def offset(self, name: str) -> int:
        """Return the next offset that the state expects."""
        return self.states[name].offset

    def place(self, name: str, offset: int) -> None:
        """Start a state that has seen nothing at an offset."""
        self.states[name].position = {"offset": offset}

    def document(self, name: str) -> bytes:
        """Return the state as bytes."""
        state = self.states[name]
        state.format = self._reader.formats.get(name)
        if name in self._thresholds:
            state.threshold = self._thresholds[name].state()
        return encoded(state)

    def drop(self, name: str) -> None:
        """Forget a partition."""
        self._reader.drop(name)
        for known in (self.states, self._thresholds):
            known.pop(name, None)

    def threshold(self, name: str) -> float:
        """Return the threshold that the next score of a partition meets."""
        return self._threshold_of(name).level

    def _fresh(self) -> PartitionState:
        return PartitionState(MinuteBook(self._settings.allowed_lateness_seconds), totals=Totals())

    def _threshold_of(self, name: str) -> thresholds.Threshold:
        """Return the threshold of a partition, which begins anew with each model."""
        state = self.states[name]
        if state.model != self.model.id:
            state.model, state.threshold, state.rows = self.model.id, None, []
            self._thresholds.pop(name, None)
        if name not in self._thresholds:
            kept = state.threshold
            self._thresholds[name] = (
                self.model.threshold(self._settings) if kept is None else thresholds.restored(kept)
            )
        return self._thresholds[name]

    def _score(self, events: Events, scored: Scored) -> None:
        encoder = self.model.encoder
        raw, filled, unseen = encoder.rows(events)
        rows = encoder.scaled(raw)
        scored.lacking = encoder.lacking(events)
        columns = shown_columns(encoder, events, raw)
        names = [column.name for column in columns]
        for counts, marks in ((scored.filled, filled), (scored.unseen, unseen)):
            sums = marks.sum(axis=0).tolist()
            counts.update({name: count for name, count in zip(names, sums, strict=True) if count})
        missing = (
            [tuple(names[place] for place in np.flatnonzero(row)) for row in filled] if filled.any() else None
        )
        begin = 0
        for name, run in groupby(record.partition for record in events.records):
            end = begin + sum(1 for _ in run)
            threshold, state = self._threshold_of(name), self.states[name]
            vectors, warming = shingled(state.rows, rows[begin:end], self.model.shingle)
            first = begin + warming
            scores, shares = self._scores(vectors, rows.shape[1])
            levels, flags = threshold.judge(scores)
            found = self._results(events, first, (scores, shares, levels, flags), columns, missing)
            self._pass(state, events.times[begin:end], found, warming)
            state.totals.add(self._instance, len(found), now=self._now() if self._now is not None else 0.0)
            state.book.add(found)
            scored.results += found
            begin = end

    def _scores(self, vectors: FloatArray, width: int) -> tuple[FloatArray, FloatArray]:
        """Return scores and shares, those of the places of a feature in a shingle summed."""
        scorer = self.model.scorer
        if self._settings.learn and isinstance(scorer, RandomCutForest):
            found = []
            for row in vectors:  # each is scored before the forest knows it, and the next one after
                found.append(scorer.attributed(row[None, :]))
                scorer.learn(row[None, :], self._settings.forest_decay)
            scores = np.concatenate([one[0] for one in found]) if found else np.empty(0)
            shares = (
                np.concatenate([one[1] for one in found]) if found else np.empty((0, vectors.shape[1], 2))
            )
        else:
            scores, shares = scorer.attributed(vectors)
        return scores, shares.reshape(len(scores), self.model.shingle, width, 2).sum(axis=1)

    def _results(
        self,
        events: Events,
        first: int,
        judged: tuple[FloatArray, FloatArray, FloatArray, BoolArray],
        columns: Sequence[Column],
        missing: Sequence[tuple[str, ...]] | None,
    ) -> list[Result]:
        scores, shares, levels, flags = judged
        order, ratios = largest_shares(shares)
        highs = (shares[:, :, 1] >= shares[:, :, 0]).tolist()
        parts = zip(
            scores.tolist(),
            levels.tolist(),
            flags.tolist(),
            order.tolist(),
            ratios.tolist(),
            highs,
            strict=True,
        )
        times, model = events.times.tolist(), self.model.id
        return [
            Result(
                events.records[row].id,
                events.records[row].partition,
                events.records[row].offset,
                times[row],
                score,
                level,
                flag,
                reasons_of(row, places, part, high, columns),
                missing[row] if missing is not None else (),
                False,
                False,
                model,
                events[row],
            )
            for row, (score, level, flag, places, part, high) in enumerate(parts, first)
        ]

    def _pass(
        self, state: PartitionState, times: FloatArray, results: Sequence[Result], warming: int
    ) -> None:
        """Move the time of a partition on, and mark what is late or ahead of the clock."""
        future = np.zeros(len(times), dtype=bool)
        if self._now is not None:
            future = times > self._now() + self._settings.future_seconds
        begin = -np.inf if state.stream_time is None else state.stream_time
        after = np.maximum.accumulate(np.concatenate([[begin], np.where(future, -np.inf, times)]))
        late = times < after[:-1] - self._settings.allowed_lateness_seconds
        for result, is_late, is_future, before in zip(
            results,
            late[warming:].tolist(),
            future[warming:].tolist(),
            after[warming:-1].tolist(),
            strict=True,
        ):
            result.late, result.future = is_late, is_future
            result.stream_time = None if before == -np.inf else before
        known = np.flatnonzero(~future)
        if len(known):
            state.stream_time = float(after[-1])
            if state.first_time is None:
                state.first_time = float(times[known[0]])
