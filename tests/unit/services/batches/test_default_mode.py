"""The default mode.

The smallest example: after 40 readings around 22, a reading of 30 is an anomaly, with the reason
`zscore:temperature`, and the readings beside it are not.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pytest

from anomaly_container.cli.batches.sensor_files import COLUMNS, clean_rows, inject
from anomaly_container.detection.batches.moments import Moments
from anomaly_container.detection.batches.options import Direction
from anomaly_container.services.batches import learnt
from anomaly_container.services.batches.dead_letters import DeadLetterError, Reason
from anomaly_container.services.batches.default_mode import DefaultMode
from anomaly_container.services.batches.modes import mode_of
from anomaly_container.services.batches.scored import Output, Scored, Source
from tests.support.batch_process import batches_settings

if TYPE_CHECKING:
    from anomaly_container.detection.batches.baseline import Baseline
    from anomaly_container.detection.numeric.arrays import FloatArray


def mode(**words: object) -> DefaultMode:
    found = mode_of(batches_settings(**words))
    assert isinstance(found, DefaultMode)
    return found


def scored(
    using: DefaultMode,
    data: str | bytes,
    columns: tuple[str, ...] = (),
    before: Baseline | None = None,
    *,
    keeps_increment: bool = False,
) -> tuple[list[dict[str, str]], Scored]:
    source = Source("raw/a.csv", "e", lambda: [data.encode() if isinstance(data, str) else data])
    output = Output(using.score(source, columns, before, keeps_increment=keeps_increment))
    text = b"".join(output).decode()
    assert output.scored is not None
    return list(csv.DictReader(io.StringIO(text, newline=""))), output.scored


def text(values: FloatArray, names: tuple[str, ...] = COLUMNS) -> str:
    lines = [
        f"2026-03-01T00:{i // 60:02}:{i % 60:02}," + ",".join(map(repr, row))
        for i, row in enumerate(values.tolist())
    ]
    return "\n".join([f"timestamp,{','.join(names)}", *lines]) + "\n"


def test_an_anomaly() -> None:
    using = mode()
    first = "temperature\n" + "\n".join(str(20 + number % 5) for number in range(40))
    _, known = scored(using, first)
    rows, found = scored(using, "temperature\n22\n30\n21\n", known.columns, known.learnt)
    assert [row["anomaly"] for row in rows] == ["False", "True", "False"]
    assert [row["reason"] for row in rows] == ["", "zscore:temperature", ""]
    assert [row["temperature_zscore"] for row in rows] == ["0.0", "5.6427", "-0.7053"]  # of 1.0025 sqrt(2)
    assert (found.rows, found.anomalies, found.by_detector) == (3, 1, {"zscore": 1})
    assert found.strongest == "zscore:temperature"
    assert found.max_severity == float(rows[1]["severity"]) > 1
    assert found.by_channel["temperature"]["flagged"] == 1


def test_the_columns_of_a_table() -> None:
    values = clean_rows(np.random.default_rng(0))
    rows, found = scored(mode(), text(values))
    assert found.columns == COLUMNS
    assert list(rows[0]) == [
        "timestamp",
        *COLUMNS,
        *(f"{name}{suffix}" for name in COLUMNS for suffix in ("_zscore", "_zscore_flag")),
        *("joint_score", "joint_flag", "severity", "reason", "anomaly"),
    ]
    assert [row["temperature"] for row in rows] == [repr(value) for value in values[:, 0].tolist()]
    assert (found.first_time, found.last_time) == ("2026-03-01T00:00:00", "2026-03-01T00:01:39")
    more, _ = scored(mode(compat_columns=True, detectors="zscore,joint,forest"), text(values))
    assert list(more[0])[13:] == [
        *("joint_score", "joint_flag", "forest_score", "forest_flag"),
        *("if_label", "if_score", "if_flag", "severity", "reason", "anomaly"),
    ]
    assert {row["if_label"] for row in more} == {"1"}


def test_injected_anomalies_are_found_file_after_file() -> None:
    generator, using = np.random.default_rng(3), mode()
    columns: tuple[str, ...] = ()
    baseline, missed, false = None, 0, 0
    for _ in range(20):
        values = clean_rows(generator)
        chosen = set(inject(generator, values).tolist())
        rows, found = scored(using, text(values), columns, baseline)
        columns, baseline = found.columns, found.learnt
        flagged = {place for place, row in enumerate(rows) if row["anomaly"] == "True"}
        missed += len(chosen - flagged)
        false += len(flagged - chosen)
        assert found.anomalies == len(flagged)
    assert missed == 0
    assert false <= 3


def test_what_is_left_out_of_a_long_table_is_its_increment() -> None:
    using = mode(block_rows=1000, columns="a,b")
    values = np.random.default_rng(4).normal(size=(2500, 2))
    _, before = scored(using, text(values[:500], ("a", "b")), ("a", "b"))
    _, after = scored(using, text(values[500:], ("a", "b")), ("a", "b"), before.learnt, keeps_increment=True)
    merged = using.merged(("a", "b"), before.learnt, after.increment)
    one, two = using.observed(merged), using.observed(after.learnt)
    assert one.count.tolist() == two.count.tolist() == [2500.0, 2500.0]
    assert np.allclose(one.mean, values.mean(axis=0), rtol=1e-12)
    assert np.allclose(two.deviation(), values.std(axis=0), rtol=1e-12)
    assert after.observations == {"a": 2500, "b": 2500}
    assert before.increment is None


def test_a_missing_column_has_empty_cells_and_learns_nothing() -> None:
    using = mode()
    columns = ("a", "b")
    values = np.random.default_rng(5).normal(size=(40, 2))
    _, before = scored(using, text(values, columns), columns)
    rows, after = scored(using, "a\n0.1\n0.2\n", columns, before.learnt)
    assert after.missing_columns == ["b"]
    assert after.observations == {"a": 42, "b": 40}
    assert {(row["b_zscore"], row["b_zscore_flag"]) for row in rows} == {("", "")}


def test_text_is_counted_up_to_a_half() -> None:
    rows, found = scored(mode(), "a,b\nx,1\n2,2\n", ("a", "b"))
    assert found.bad_cells == {"a": 1}
    assert rows[0]["a"] == "x"
    with pytest.raises(DeadLetterError) as refused:
        scored(mode(), "a,b\nx,1\ny,2\n3,3\n", ("a", "b"))
    assert (refused.value.reason, refused.value.column) == (Reason.NOT_NUMERIC, "a")


def test_a_decimal_comma_goes_out_as_it_came() -> None:
    values = [f"{20 + number % 7},5;x" for number in range(40)]
    source = Source("raw/a.csv", "e", lambda: [("a;b\n" + "\n".join(values)).encode()])
    table = b"".join(mode().score(source, ("a",), None, keeps_increment=False)).decode().splitlines()
    assert table[0].startswith("a;b;a_zscore;a_zscore_flag;")
    assert table[1].startswith("20,5;x;-1,")
    assert "." not in table[1]


def test_cells_of_ours_are_no_formulas() -> None:
    rows, _ = scored(mode(), text(clean_rows(np.random.default_rng(6)), ("=a", "+b", "@c", "-d")))
    added = [name for name in rows[0] if name not in ("timestamp", "=a", "+b", "@c", "-d")]
    for row in rows:
        assert not any(row[name].startswith(("=", "+", "@")) for name in added)


def test_settings_of_one_column() -> None:
    words: dict[str, Any] = {
        "thresholds": {"wind speed": 6.0},
        "directions": {"Temp": "up"},
        "min_deviations": {"temp": 2.0},
        "threshold": 5.0,
        "half_life": 100.0,
    }
    options = mode(**words).options(("temp", "wind_speed"))
    assert options.threshold.tolist() == [5.0, 6.0]
    assert options.direction.tolist() == [int(Direction.UP), int(Direction.BOTH)]
    assert options.min_deviation.tolist() == [2.0, 0.0]
    assert options.half_life == 100.0


def test_many_columns_are_not_scored_together() -> None:
    """The rows that the joint detector collects first would not fit in the state."""
    using = mode()
    for count, has_joint in ((64, True), (65, False)):
        names = tuple(f"c{number}" for number in range(count))
        rows, found = scored(using, text(np.random.default_rng(7).normal(size=(30, count)), names))
        assert ("joint_score" in rows[0]) is has_joint
        assert (found.learnt.joint is not None) is has_joint
        again = using.read(names, orjson.loads(orjson.dumps(learnt.to_json(found.learnt))))
        assert orjson.dumps(learnt.to_json(again)) == orjson.dumps(learnt.to_json(found.learnt))
    alone = mode(detectors="zscore,joint", vote="joint").options(names)
    assert alone.vote == {"zscore"}


def test_a_baseline_that_is_taken_over() -> None:
    moments = Moments(np.array([100.0]), np.array([20.0]), np.array([100.0]))
    using = mode()
    baseline = using.taken_over(("a",), moments)
    assert using.observed(baseline).mean.tolist() == [20.0]
    rows, _ = scored(using, "a\n20\n26\n", ("a",), baseline)
    assert [row["anomaly"] for row in rows] == ["False", "True"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [("", Reason.EMPTY), ("a\n", Reason.NO_ROWS), ("x\n1\n", Reason.NO_COLUMNS), ("a\n1,2\n", Reason.RAGGED)],
)
def test_refused_tables(data: str, reason: Reason) -> None:
    with pytest.raises(DeadLetterError) as refused:
        scored(mode(), data, ("a",))
    assert refused.value.reason is reason
