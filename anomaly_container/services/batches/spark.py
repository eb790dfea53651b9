"""The default mode of batches on Spark: each group of a data frame or a stream has a baseline of its own.

Neither Spark nor pandas is a dependency of this package: both come with the cluster, and neither is imported.
Each machine of the cluster needs this package.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import orjson

from anomaly_container.detection.batches.baseline import begin
from anomaly_container.services.batches.added_columns import added_names
from anomaly_container.services.batches.frame import FrameOptions, kind_of, score_rows
from anomaly_container.services.batches.learnt import from_json, to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from anomaly_container.detection.batches.baseline import Baseline

DataFrame: TypeAlias = Any
"""A data frame of Spark."""
Rows: TypeAlias = Any
"""A data frame of pandas."""

NUMBERS: Final = frozenset({"byte", "short", "integer", "long", "float", "double", "decimal"})
"""Types of Spark whose columns are scored if none are named."""
BASELINE: Final = "_baseline"
HAS_ROW: Final = "_has_row"
BATCH: Final = "_batch"
USUAL: Final = FrameOptions()


def score(frame: DataFrame, by: str | Sequence[str], time: str, how: FrameOptions = USUAL) -> DataFrame:
    """Return a data frame with the columns that a scored file gets.

    Each group is scored as one file that is the first of its baseline: in the order of time, block by block,
    each block by what was known before it, the first by itself. Groups run in parallel; a group must fit into
    the memory of a task.

    Parameters
    ----------
    frame
        A data frame of Spark.
    by
        The column or columns that make a group.
    time
        The column that orders the rows of a group.
    how
        The scored columns and the options.

    Raises
    ------
    ValueError
        If there is no column to score, a column to add is already there, or the options are for another
        number of columns.
    """
    plan = _Plan.of(frame.schema, by, time, how)
    return frame.groupBy(*plan.by).applyInPandas(plan.first(), schema=plan.scored)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Scores the batches of a stream, for `foreachBatch`; the baselines are kept from batch to batch.

    The baselines are two folders of Parquet, used in turns, so that a batch that Spark repeats after a
    failure begins with the baselines that it began with the first time, and gives the same rows. All
    baselines are written with every batch. A stream that begins anew, with another checkpoint, begins with
    empty baselines.

    Attributes
    ----------
    by, time, how
        As in `score`.
    baselines
        The folder of the baselines, of this stream alone, in a file system that all machines share.
    write
        Called with the scored rows of a batch and its number. A batch may come again: write it so that it
        replaces what was written under the same number.
    """

    by: str | Sequence[str]
    time: str
    baselines: str
    write: Callable[[DataFrame, int], None]
    how: FrameOptions = USUAL

    def __call__(self, frame: DataFrame, batch: int) -> None:
        """Score one batch, write its rows, and then keep the baselines.

        Raises
        ------
        ValueError
            As `score` does; or if the folder has the baselines of another batch than the one before.
        """
        plan = _Plan.of(frame.schema, self.by, self.time, self.how)
        known = self._before(frame, batch, plan)
        both = frame.groupBy(*plan.by).cogroup(known.groupBy(*plan.by))
        found = both.applyInPandas(plan.next(batch), schema=plan.kept).persist()
        try:
            self.write(found.where(HAS_ROW).drop(HAS_ROW, BASELINE), batch)
            kept = found.where(f"{BASELINE} is not null").selectExpr(
                *plan.quoted_by, BASELINE, f"{batch}L as {BATCH}"
            )
            kept.write.mode("overwrite").parquet(self._folder(batch))
        finally:
            found.unpersist()

    def _folder(self, batch: int) -> str:
        return f"{self.baselines.rstrip('/')}/{'odd' if batch % 2 else 'even'}"

    def _before(self, frame: DataFrame, batch: int, plan: _Plan) -> DataFrame:
        """Return the baselines of the batch before, by group."""
        if not batch:
            return frame.limit(0).selectExpr(*plan.quoted_by, f"cast(null as string) as {BASELINE}")
        known = frame.sparkSession.read.parquet(self._folder(batch - 1))
        if {row[BATCH] for row in known.select(BATCH).distinct().collect()} - {batch - 1}:
            message = f"{self._folder(batch - 1)} has the baselines of another batch than {batch - 1}"
            raise ValueError(message)
        return known.drop(BATCH)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is done with each group; it is sent to the machines of the cluster.

    Attributes
    ----------
    by, time, how
        As in `score`.
    scored
        The schema of scored rows.
    kept
        The same with the baselines.
    """

    by: tuple[str, ...]
    time: str
    how: FrameOptions
    scored: Any
    kept: Any

    @classmethod
    def of(
        cls,
        schema: Any,  # noqa: ANN401  # of Spark
        by: str | Sequence[str],
        time: str,
        how: FrameOptions,
    ) -> _Plan:
        names = (by,) if isinstance(by, str) else tuple(by)
        how = how.resolved(
            [
                field.name
                for field in schema.fields
                if field.dataType.typeName() in NUMBERS and field.name not in {*names, time}
            ]
        )
        scored = deepcopy(schema)
        for field in scored.fields:
            # The row of a group without new rows has its baseline only.
            field.nullable = True
        for name in added_names(how.columns, begin(how.options)):
            scored.add(name, kind_of(name))
        kept = deepcopy(scored).add(HAS_ROW, "boolean").add(BASELINE, "string")
        if there := [name for name in kept.names if kept.names.count(name) > 1]:
            message = f"the data frame already has the column {there[0]}"
            raise ValueError(message)
        return cls(names, time, how, scored, kept)

    @property
    def quoted_by(self) -> list[str]:
        """The names of the columns of a group in an expression of SQL."""
        return [f"`{name.replace('`', '``')}`" for name in self.by]

    def first(self) -> Callable[[tuple[Any, ...], Rows], Rows]:
        """Return a function that scores a group of which nothing is known."""

        # Spark counts the arguments of what it calls, and takes `self` of a method for one.
        def scored(key: tuple[Any, ...], rows: Rows) -> Rows:
            return self._score(key, rows, begin(self.how.options), 0)[0]

        return scored

    def next(self, batch: int) -> Callable[[tuple[Any, ...], Rows, Rows], Rows]:
        """Return a function that scores the rows of a group in one batch.

        The last row has the baseline after it.
        """

        def scored(key: tuple[Any, ...], rows: Rows, known: Rows) -> Rows:
            before = None if known.empty else str(known[BASELINE].iloc[0])
            if rows.empty:
                only = rows.reindex(range(1)).assign(**dict(zip(self.by, key, strict=True)))
                added = [name for name in self.kept.names if name not in only]
                return only.assign(**dict.fromkeys(added)).assign(**{HAS_ROW: False, BASELINE: before})
            baseline = begin(self.how.options)
            if before is not None:
                baseline = from_json(orjson.loads(before), baseline)
            found, after = self._score(key, rows, baseline, batch)
            kept = [None] * (len(found) - 1) + [orjson.dumps(to_json(after)).decode()]
            return found.assign(**{HAS_ROW: True, BASELINE: kept})

        return scored

    def _score(
        self, key: tuple[Any, ...], rows: Rows, baseline: Baseline, batch: int
    ) -> tuple[Rows, Baseline]:
        ordered = rows.sort_values(self.time, kind="stable")
        return score_rows(ordered, self.how, baseline, repr((key, batch)).encode())
