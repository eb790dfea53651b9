"""The compat mode; tests/conformance compares it with the original pipeline.

The smallest example: one row without a baseline has no z-score yet, `if_label` 1 and no anomaly.
"""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from anomaly_container.detection.batches import compat
from anomaly_container.detection.batches.moments import Moments
from anomaly_container.services.batches.compat_mode import CompatMode
from anomaly_container.services.batches.dead_letters import DeadLetterError, Reason
from anomaly_container.services.batches.modes import mode_of
from anomaly_container.services.batches.scored import Output, Scored, Source
from tests.support.batch_process import batches_settings

COLUMNS = ("a", "b")


def scored(
    data: str | bytes, before: Moments | None = None, *, keeps_increment: bool = False, block_rows: int = 1000
) -> tuple[list[dict[str, str]], Scored]:
    using = mode_of(batches_settings(mode="compat", columns="a,b", block_rows=block_rows))
    assert isinstance(using, CompatMode)
    source = Source("raw/a.csv", "e", lambda: [data.encode() if isinstance(data, str) else data])
    output = Output(using.score(source, COLUMNS, before, keeps_increment=keeps_increment))
    table = b"".join(output).decode()
    assert output.scored is not None
    return list(csv.DictReader(io.StringIO(table, newline=""))), output.scored


def test_one_row() -> None:
    [row], found = scored("t,a,b\nx,1,2\n")
    assert row == {
        "t": "x",
        "a": "1",
        "b": "2",
        "a_zscore": "",
        "a_zscore_flag": "",
        "b_zscore": "",
        "b_zscore_flag": "",
        "if_label": "1",
        "if_score": "0.0",
        "if_flag": "False",
        "anomaly": "False",
    }
    assert (found.rows, found.anomalies, found.observations) == (1, 0, {"a": 1, "b": 1})
    assert found.by_detector == {"zscore": 0, "forest": 0}


def test_the_band_of_a_mature_column_is_that_of_its_flags() -> None:
    values = [float(number % 5) for number in range(39)] + [50.0]
    rows, found = scored("a,b\n" + "".join(f"{value},\n" for value in values))
    band = found.by_channel["a"]
    assert band == {
        "flagged": 1,
        "mean": pytest.approx(np.mean(values)),
        "std": pytest.approx(np.std(values)),
        "threshold": 3.0,
    }
    mean, reach = float(np.mean(values)), 3 * float(np.std(values))
    assert [row["a_zscore_flag"] == "True" for row in rows] == [abs(value - mean) > reach for value in values]
    assert found.by_channel["b"] == {"flagged": 0, "mean": None, "std": None, "threshold": 3.0}, "immature"


@pytest.mark.parametrize("rows", [200, 2500])
def test_a_table_in_blocks_is_scored_as_one(rows: int) -> None:
    generator = np.random.default_rng(rows)
    values = np.round(generator.normal(size=(rows, 2)), 3)
    values[generator.random(values.shape) < 0.05] = np.nan
    lines = [",".join("" if np.isnan(cell) else repr(cell) for cell in row) for row in values.tolist()]
    before = Moments(np.array([50.0, 0.0]), np.array([0.1, 0.0]), np.array([45.0, 0.0]))
    table, found = scored("\n".join(["a,b", *lines]), before, keeps_increment=True)
    expected, after = compat.score_file(before, values)
    assert [row["anomaly"] for row in table] == [str(bool(one)) for one in expected.anomaly]
    assert [row["if_score"] for row in table] == [repr(float(one)) for one in expected.outliers.score]
    assert found.anomalies == int(expected.anomaly.sum())
    assert np.allclose(found.learnt.mean, after.mean, rtol=1e-12)
    assert found.learnt.count.tolist() == after.count.tolist()
    assert np.allclose(before.merge(found.increment).m2, after.m2, rtol=1e-12)


@pytest.mark.parametrize(
    ("data", "reason", "place"),
    [
        ("", Reason.EMPTY, {}),
        ("a,b\n", Reason.NO_ROWS, {}),
        ("a,c\n1,2\n", Reason.MISSING_COLUMN, {"column": "b"}),
        ("a,b\n1,2\n3,x\n", Reason.NOT_NUMERIC, {"line": 3, "column": "b"}),
        ("a,b\n1,2,3\n", Reason.RAGGED, {"line": 2}),
        (b"a,b\n\xff,2\n", Reason.BAD_ENCODING, {}),
        ("a;b\n1;2\n", Reason.MISSING_COLUMN, {"column": "a"}),
    ],
)
def test_refused_tables(data: str | bytes, reason: Reason, place: dict[str, object]) -> None:
    with pytest.raises(DeadLetterError) as refused:
        scored(data)
    assert (refused.value.reason, refused.value.detail) == (reason, place)


def test_a_gap_in_a_mature_column_has_no_score_and_no_flag() -> None:
    lines = [f"{20 + number % 5},{'' if number == 3 else number % 7}" for number in range(40)]
    rows, _ = scored("\n".join(["a,b", *lines]))
    assert (rows[3]["b_zscore"], rows[3]["b_zscore_flag"]) == ("", "False")
    assert rows[3]["a_zscore_flag"] == "False"
