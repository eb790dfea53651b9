"""Scoring of the groups of a data frame and of a stream, on a stand-in for Spark that has its groups only.

The smallest example: of two sensors the one with a stray reading has an anomaly, and the other none. The
recipe in docs/recipes/batches-spark.md is run by Spark itself, in tests/recipes.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]  # its stubs are not installed
import pytest

from anomaly_container.services.batches.frame import FrameOptions
from anomaly_container.services.batches.spark import BASELINE, BATCH, HAS_ROW, Stream, score

if TYPE_CHECKING:
    from collections.abc import Callable

TYPES = {"float64": "double", "int64": "long", "bool": "boolean", "datetime64[us]": "timestamp"}
ADDED = ["level_zscore", "level_zscore_flag", "severity", "reason", "anomaly"]


@dataclass
class Field:
    name: str
    kind: str
    nullable: bool = False

    @property
    def dataType(self) -> Field:  # noqa: N802  # the name that Spark gives it
        return self

    def typeName(self) -> str:  # noqa: N802  # as above
        return self.kind


@dataclass
class Schema:
    """A schema of Spark, of which `add` and what a plan reads are there."""

    fields: list[Field] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return [one.name for one in self.fields]

    def add(self, name: str, kind: str) -> Schema:
        self.fields.append(Field(name, kind, nullable=True))
        return self


@dataclass
class Groups:
    frame: Frame
    by: list[str]

    def applyInPandas(self, function: Callable[..., Any], schema: Schema) -> Frame:  # noqa: N802  # as above
        found = [function(key, rows) for key, rows in self.frame.rows.groupby(self.by)]
        return Frame(joined(found, schema), self.frame.sparkSession)

    def cogroup(self, other: Groups) -> Both:
        return Both(self, other)


@dataclass
class Both:
    ours: Groups
    theirs: Groups

    def applyInPandas(self, function: Callable[..., Any], schema: Schema) -> Frame:  # noqa: N802  # as above
        here, there = (dict(list(one.frame.rows.groupby(one.by))) for one in (self.ours, self.theirs))
        nothing, unknown = self.ours.frame.rows.iloc[:0], self.theirs.frame.rows.iloc[:0]
        found = [function(key, here.get(key, nothing), there.get(key, unknown)) for key in {**here, **there}]
        return Frame(joined(found, schema), self.ours.frame.sparkSession)


def joined(found: list[Any], schema: Schema) -> Any:  # noqa: ANN401  # pandas
    for rows in found:
        assert set(rows) == set(schema.names)
    return pd.concat([rows.astype(object) for rows in found], ignore_index=True)[schema.names]


@dataclass
class Session:
    """Files of Parquet are held in memory, by their folder."""

    written: dict[str, Any] = field(default_factory=dict)

    @property
    def read(self) -> Session:
        return self

    def parquet(self, folder: str) -> Frame:
        return Frame(self.written[folder], self)


@dataclass
class Writer:
    frame: Frame

    def mode(self, name: str) -> Writer:
        assert name == "overwrite"
        return self

    def parquet(self, folder: str) -> None:
        self.frame.sparkSession.written[folder] = self.frame.rows


@dataclass
class Frame:
    """A data frame of Spark that holds one of pandas."""

    rows: Any
    sparkSession: Session = field(default_factory=Session)  # noqa: N815  # as above

    @property
    def schema(self) -> Schema:
        return Schema(
            [Field(name, TYPES.get(str(kind), "string")) for name, kind in self.rows.dtypes.items()]
        )

    @property
    def write(self) -> Writer:
        return Writer(self)

    def groupBy(self, *names: str) -> Groups:  # noqa: N802  # as above
        return Groups(self, list(names))

    def limit(self, count: int) -> Frame:
        return Frame(self.rows.head(count), self.sparkSession)

    def where(self, condition: str) -> Frame:
        chosen = {HAS_ROW: HAS_ROW, f"{BASELINE} is not null": BASELINE}[condition]
        kept = self.rows[chosen].notna() if chosen == BASELINE else self.rows[chosen].astype(bool)
        return Frame(self.rows[kept], self.sparkSession)

    def drop(self, *names: str) -> Frame:
        return Frame(self.rows.drop(columns=list(names)), self.sparkSession)

    def select(self, name: str) -> Frame:
        return Frame(self.rows[[name]], self.sparkSession)

    def selectExpr(self, *expressions: str) -> Frame:  # noqa: N802  # as above
        columns: dict[str, Any] = {}
        for expression in expressions:
            what, _, name = expression.replace("`", "").partition(" as ")
            if what.startswith("cast(null"):
                columns["_baseline"] = None
            elif name == BATCH:
                columns[name] = int(what.removesuffix("L"))
            else:
                columns[what] = self.rows[what]
        return Frame(pd.DataFrame(columns, index=self.rows.index), self.sparkSession)

    def distinct(self) -> Frame:
        return Frame(self.rows.drop_duplicates(), self.sparkSession)

    def collect(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.rows.to_dict("records")
        return found

    def persist(self) -> Frame:
        return self

    def unpersist(self) -> None:
        """Hold nothing."""


def readings(sensors: str, seed: int, stray: float = 0.0) -> Any:  # noqa: ANN401  # pandas
    """Return 60 readings of each sensor, not in the order of time; one of the first sensor is stray."""
    generator = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "sensor": [sensor for sensor in sensors for _ in range(60)],
            "minute": np.tile(np.arange(60), len(sensors)),
            "level": generator.normal(20.0, 1.0, 60 * len(sensors)),
        }
    )
    frame.loc[30, "level"] += stray
    return frame.sample(frac=1.0, random_state=seed)


def test_a_stray_reading_of_one_sensor() -> None:
    found = score(Frame(readings("ab", 1, stray=20.0)), "sensor", "minute").rows
    assert list(found) == ["sensor", "minute", "level", *ADDED]
    assert found["minute"].tolist() == [*range(60)] * 2
    [row] = found[found["anomaly"].astype(bool)].to_dict("records")
    assert (row["sensor"], row["minute"], row["reason"]) == ("a", 30, "zscore:level")


def test_groups_of_several_columns_have_nothing_in_common() -> None:
    rows = readings("abc", 2, stray=20.0)
    rows["site"] = np.where(rows["sensor"] == "c", 2, 1)
    together = score(Frame(rows), ["site", "sensor"], "minute").rows
    alone = score(
        Frame(rows[rows["sensor"] == "b"]), "sensor", "minute", FrameOptions(columns=("level",))
    ).rows
    pd.testing.assert_frame_equal(
        together[together["sensor"] == "b"].reset_index(drop=True), alone, check_like=True
    )
    assert "minute_zscore" not in together
    assert "site_zscore" not in together


def test_a_column_that_is_there_already() -> None:
    rows = readings("a", 1).assign(reason="x")
    with pytest.raises(ValueError, match="already has the column reason"):
        score(Frame(rows), "sensor", "minute")


def stream(session: Session, batches: list[Any], first: int = 0) -> list[Any]:
    """Score batches of a stream, the first of which has a number; return what is written."""
    written: list[Any] = []
    scored = Stream(
        by="sensor",
        time="minute",
        baselines="s3://b/",
        write=lambda frame, batch: written.append((batch, frame.rows)),
    )
    for number, rows in enumerate(batches, start=first):
        scored(Frame(rows, session), number)
    assert [batch for batch, _ in written] == [*range(first, first + len(batches))]
    return [rows.reset_index(drop=True) for _, rows in written]


def test_a_stream_scores_by_what_earlier_batches_taught() -> None:
    batches = [readings("a", 1), readings("b", 2), readings("ab", 3, stray=20.0)]
    found = stream(Session(), batches)
    assert list(found[0]) == ["sensor", "minute", "level", *ADDED]
    assert [len(rows) for rows in found] == [60, 60, 120]
    # The group that the second batch lacks has kept its baseline.
    known = pd.concat([batches[0], batches[2]])
    known["minute"] += np.repeat([0, 60], [60, 120])
    alone = score(Frame(known), "sensor", "minute", FrameOptions(block_rows=60)).rows
    expected = alone[(alone["sensor"] == "a") & (alone["minute"] >= 60)].reset_index(drop=True)
    ours = found[2][found[2]["sensor"] == "a"].reset_index(drop=True)
    pd.testing.assert_frame_equal(ours[ADDED], expected[ADDED])
    assert np.flatnonzero(ours["anomaly"]).tolist() == [30]


def test_a_batch_that_comes_again_gives_the_same_rows() -> None:
    session, batches = Session(), [readings("ab", 1), readings("ab", 2, stray=3.0)]
    [_, first] = stream(session, batches)
    for _ in range(2):
        [again] = stream(session, batches[1:], first=1)
        pd.testing.assert_frame_equal(again, first)


def test_a_stream_that_begins_anew_knows_nothing() -> None:
    session, batches = Session(), [readings("ab", 1), readings("ab", 2)]
    first = stream(session, batches)
    for one, other in zip(first, stream(session, batches), strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_baselines_of_another_batch_are_refused() -> None:
    session = Session()
    stream(session, [readings("a", 1)])
    session.written["s3://b/odd"] = session.written["s3://b/even"]
    with pytest.raises(ValueError, match="s3://b/odd has the baselines of another batch than 3"):
        stream(session, [readings("a", 2)], first=4)


def test_neither_spark_nor_pandas_is_imported() -> None:
    program = (
        "import sys; import anomaly_container.services.batches.spark;"
        " print(sorted({'aiohttp', 'pandas', 'pydantic', 'pyspark'}.intersection(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603  # our own words
    assert done.stdout == "[]\n"


def test_options_reach_the_machines_of_a_cluster() -> None:
    how = FrameOptions(columns=("level",), block_rows=7)
    assert pickle.loads(pickle.dumps(how)) == how  # noqa: S301  # our own
