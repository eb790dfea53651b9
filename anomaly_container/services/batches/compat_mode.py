"""The compat mode: the numbers of the original pipeline, in two passes over a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from anomaly_container.detection.batches import compat
from anomaly_container.detection.batches.gaps import fill_gaps, medians
from anomaly_container.detection.batches.moments import Moments
from anomaly_container.detection.forest import isolation
from anomaly_container.services.batches.dead_letters import DeadLetterError, Reason
from anomaly_container.services.batches.learnt import from_json
from anomaly_container.services.batches.open_table import open_table
from anomaly_container.services.batches.spill import Spill
from anomaly_container.services.batches.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from anomaly_container.detection.batches.csv_append import Column
    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray
    from anomaly_container.services.batches.scorable import Scorable
    from anomaly_container.services.batches.scored import Scoring, Source
    from anomaly_container.services.batches.table import TableOptions


class CompatMode:
    """Scores tables as the original pipeline does.

    Parameters
    ----------
    table
        How tables are read.
    """

    def __init__(self, table: TableOptions) -> None:
        self._table = table

    @property
    def maturity(self) -> int:
        """The observations that the baseline of a column needs."""
        return compat.MATURITY

    def read(self, columns: Sequence[str], learnt: Mapping[str, Any]) -> Moments:
        """Return the baseline of its JSON."""
        return from_json(learnt, Moments.none(len(columns)))

    def merged(self, columns: Sequence[str], before: Moments | None, increment: Moments) -> Moments:
        """Return a baseline that knows of the increment of a table too."""
        return (before or Moments.none(len(columns))).merge(increment)

    def observed(self, baseline: Moments) -> Moments:
        """Return the moments of all values."""
        return baseline

    def taken_over(self, _columns: Sequence[str], observed: Moments) -> Moments:
        """Return a baseline that begins with moments of the original pipeline."""
        return observed

    def score(
        self, source: Source, columns: tuple[str, ...], before: Moments | None, *, keeps_increment: bool
    ) -> Scoring:
        """Yield the scored table, and return what is known of it.

        The first pass learns, and writes the values to a temporary file. The forest grows from them. The
        second pass writes the table.

        Parameters
        ----------
        source
            The table.
        columns
            The scored columns.
        before
            The baseline before the table; None before the first.
        keeps_increment
            Whether the increment is wanted.

        Raises
        ------
        DeadLetterError
            If the table cannot be scored.
        """
        with Spill(len(columns)) as values:
            tally, increment = self._learn(source, columns, values)
            baseline = self.merged(columns, before, increment)
            _set_band(tally, baseline)
            scores = _isolate(values)
        limit = isolation.offset(scores)
        with open_table(source.pieces(), source.key, self._table) as table:
            places = table.places(columns)
            yield table.header(_names(columns))
            start = 0
            for part in source.progress.parsing(table.blocks(places)):
                found = compat.zscores(baseline, part.values)
                isolated = compat.outliers(scores[start : table.rows], limit)
                anomaly = compat.anomalies(found, isolated)
                tally.add_compat(found.flags, isolated.flags, anomaly)
                yield table.append(part, list(_columns(found, isolated, anomaly)))
                start = table.rows
            yield table.end()
        return tally.scored(
            learnt=baseline,
            increment=increment if keeps_increment else None,
            observations={name: int(count) for name, count in zip(columns, baseline.count, strict=True)},
            encoding=table.encoding,
        )

    def _learn(self, source: Source, columns: tuple[str, ...], values: Spill) -> tuple[Tally, Moments]:
        with open_table(source.pieces(), source.key, self._table) as table:
            places = table.places(columns)
            tally = Tally(columns, places, table.time_place)
            increment = Moments.none(len(columns))
            for part in source.progress.parsing(table.blocks(places)):
                _check_numeric(part, columns)
                tally.read(part)
                increment = increment.merge(compat.observe(part.values))
                values.append(part.values)
        return tally, increment


def _isolate(values: Spill) -> FloatArray:
    """Return the score of each row by a forest that is grown from all of them."""
    fill = np.concatenate([medians(values.column(number)[None, :]) for number in range(values.columns)])
    chosen = isolation.sample_rows(values.rows)
    samples = fill_gaps(values.take(chosen.ravel()), fill).reshape(*chosen.shape, values.columns)
    forest = isolation.fit_sampled(samples)
    return np.concatenate([compat.forest_scores(forest, chunk, fill) for chunk in values.chunks()])


def _set_band(tally: Tally, baseline: Moments) -> None:
    """Set the band of each mature column; the others have no z-score."""
    mature = baseline.count >= compat.MATURITY
    tally.set_band(
        np.where(mature, baseline.mean, np.nan),
        np.where(mature, baseline.deviation(), np.nan),
        compat.THRESHOLD,
    )


def _names(columns: Sequence[str]) -> list[str]:
    names = [name for column in columns for name in (f"{column}_zscore", f"{column}_zscore_flag")]
    return [*names, "if_label", "if_score", "if_flag", "anomaly"]


def _columns(found: compat.ZScores, isolated: compat.Outliers, anomaly: BoolArray) -> Iterator[Column]:
    for slot, is_mature in enumerate(found.mature):
        yield found.z[:, slot] if is_mature else None
        yield found.flags[:, slot] if is_mature else None
    yield isolated.label
    yield isolated.score
    yield isolated.flags
    yield anomaly


def _check_numeric(part: Scorable, columns: Sequence[str]) -> None:
    for column, bad, row in zip(columns, part.bad_cells, part.block.first_bad, strict=True):
        if bad:
            raise DeadLetterError(Reason.NOT_NUMERIC, line=part.block.line(int(row)), column=column)
