"""The default mode: each block is scored by what was known before it, and then learnt."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from anomaly_container.detection.batches.baseline import begin, merge, score_block
from anomaly_container.detection.batches.options import Detector, Direction, Options
from anomaly_container.detection.batches.verdict import with_series
from anomaly_container.services.batches.added_columns import added_columns, added_names
from anomaly_container.services.batches.columns import folded
from anomaly_container.services.batches.dead_letters import DeadLetterError, Reason
from anomaly_container.services.batches.learnt import from_json
from anomaly_container.services.batches.open_table import open_table
from anomaly_container.services.batches.setting_rules import SERIES, comma_separated
from anomaly_container.services.batches.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from anomaly_container.detection.batches.baseline import Baseline
    from anomaly_container.detection.batches.moments import Moments
    from anomaly_container.services.batches.scored import Scoring, Source
    from anomaly_container.services.batches.series import SeriesDetector
    from anomaly_container.services.batches.settings import BatchesSettings
    from anomaly_container.services.batches.table import TableOptions

    SeriesOf = Callable[[Source, Sequence[str], int | None], SeriesDetector]

DIRECTIONS: Final = {"both": Direction.BOTH, "up": Direction.UP, "down": Direction.DOWN}
MOST_JOINT_COLUMNS: Final = 64
"""More columns are not scored together: the rows that the detector first collects do not fit in the state."""
MOST_BAD: Final = 0.5
"""The share of text in a column beyond which the table is refused."""


class DefaultMode:
    """Scores tables in the default mode.

    Parameters
    ----------
    settings
        The settings.
    table
        How tables are read.
    series
        Returns the series detector of a table; None if it does not run.
    """

    def __init__(
        self, settings: BatchesSettings, table: TableOptions, series: SeriesOf | None = None
    ) -> None:
        self._settings = settings
        self._table = table
        self._series = series
        self._detectors = _own_detectors(settings.detectors)
        self._vote = _own_detectors(settings.vote)
        self._series_votes = SERIES in comma_separated(settings.vote)

    @property
    def maturity(self) -> int:
        """The observations that the baseline of a column needs."""
        return self._settings.maturity

    def options(self, columns: Sequence[str]) -> Options:
        """Return the options of some columns; a setting of one column is matched as columns are."""
        settings = self._settings
        left_out = frozenset({Detector.JOINT} if len(columns) > MOST_JOINT_COLUMNS else ())
        vote = self._vote - left_out
        if not vote and not self._series_votes:
            vote = frozenset({Detector.ZSCORE})
        return replace(
            Options.of(len(columns)),
            threshold=_of_each(columns, settings.threshold, settings.thresholds),
            direction=_of_each(
                columns,
                int(DIRECTIONS[settings.direction]),
                {name: int(DIRECTIONS[word]) for name, word in settings.directions.items()},
            ),
            min_deviation=_of_each(columns, settings.min_deviation, settings.min_deviations),
            maturity=settings.maturity,
            half_life=settings.half_life,
            hold_rows=settings.hold_rows,
            detectors=self._detectors - left_out,
            vote=vote,
        )

    def read(self, columns: Sequence[str], learnt: Mapping[str, Any]) -> Baseline:
        """Return the baseline of its JSON."""
        return from_json(learnt, begin(self.options(columns)))

    def merged(self, columns: Sequence[str], before: Baseline | None, increment: Baseline) -> Baseline:
        """Return a baseline that knows of the increment of a table too."""
        options = self.options(columns)
        return merge(before or begin(options), increment, options)

    def observed(self, baseline: Baseline) -> Moments:
        """Return the moments of all values, flagged or not."""
        return baseline.channels.seen

    def taken_over(self, columns: Sequence[str], observed: Moments) -> Baseline:
        """Return a baseline that begins with moments of the original pipeline."""
        begun = begin(self.options(columns))
        return replace(begun, channels=replace(begun.channels, accepted=observed, seen=observed))

    def score(
        self, source: Source, columns: tuple[str, ...], before: Baseline | None, *, keeps_increment: bool
    ) -> Scoring:
        """Yield the scored table, and return what is known of it.

        Parameters
        ----------
        source
            The table.
        columns
            The scored columns; empty if this table decides.
        before
            The baseline before the table; None before the first.
        keeps_increment
            Whether the increment is wanted.

        Raises
        ------
        DeadLetterError
            If the table cannot be scored.
        """
        with open_table(source.pieces(), source.key, self._table) as table:
            columns = columns or table.numeric_columns()
            places = table.places(columns)
            is_there = [place is not None for place in places]
            options = self.options(columns)
            baseline = before or begin(options)
            increment = begin(options)
            tally = Tally(columns, places, table.time_place)
            series = self._series(source, columns, table.time_place) if self._series else None
            has_compat, has_series = self._settings.compat_columns, series is not None
            yield table.header(added_names(columns, baseline, has_compat=has_compat, has_series=has_series))
            for part in source.progress.parsing(table.blocks(places)):
                scored, added = score_block(
                    baseline, part.values, options, source=source.etag.encode(), first_row=tally.rows
                )
                baseline = merge(baseline, added, options)
                if keeps_increment:
                    increment = merge(increment, added, options)
                in_time = None if series is None else series.judge(part)
                if in_time is not None:
                    tally.flag(SERIES, int(in_time.flags.any(axis=0).sum()))
                    if self._series_votes:
                        scored = replace(scored, verdict=with_series(scored.verdict, *in_time.vote()))
                tally.add(part, scored)
                cells = added_columns(scored, columns, is_there, in_time, has_compat=has_compat)
                yield table.append(part, list(cells))
            _check_numeric(tally, columns)
            yield table.end()
        counts = baseline.channels.seen.count
        return tally.scored(
            learnt=baseline,
            increment=increment if keeps_increment else None,
            observations={name: int(count) for name, count in zip(columns, counts, strict=True)},
            encoding=table.encoding,
        )


def _own_detectors(names: str) -> frozenset[Detector]:
    """Return the detectors among these that need nothing but the baseline."""
    return frozenset(Detector(name) for name in comma_separated(names) if name != SERIES)


def _of_each(columns: Sequence[str], usual: float, others: Mapping[str, float]) -> Any:  # noqa: ANN401  # an array
    """Return the value of a setting for each column."""
    named = {folded(name): value for name, value in others.items()}
    return np.array([named.get(folded(column), usual) for column in columns])


def _check_numeric(tally: Tally, columns: Sequence[str]) -> None:
    for column, bad in zip(columns, tally.bad_cells, strict=True):
        if bad > MOST_BAD * tally.rows:
            raise DeadLetterError(Reason.NOT_NUMERIC, column=column)
