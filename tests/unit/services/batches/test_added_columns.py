"""The added columns of the default mode, whose names and cells keep one order.

The smallest example: one column gives its z-score, its flag and the verdict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.detection.batches.baseline import Baseline, Scored, begin, merge, score_block
from anomaly_container.detection.batches.csv_append import Column, Words
from anomaly_container.detection.batches.options import Detector, Options
from anomaly_container.services.batches.added_columns import added_columns, added_names

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray

ROWS = np.array([[20.0 + row % 5, 5.0 + row % 3] for row in range(40)])


def scored(options: Options, values: FloatArray = ROWS) -> tuple[Scored, Baseline]:
    begun = begin(options)
    found, increment = score_block(begun, values, options)
    return found, merge(begun, increment, options)


def test_one_column() -> None:
    options = Options.of(1)
    level = ROWS[:, :1].copy()
    level[7] = 90.0
    found, after = scored(options, level)
    assert added_names(["level"], after) == [
        *("level_zscore", "level_zscore_flag", "severity", "reason", "anomaly")
    ]
    zscore, flag, severity, reason, anomaly = added_columns(found, ["level"], [True])
    assert isinstance(reason, Words)
    assert [reason.words[place] for place in reason.places[6:9]] == ["", "zscore:level", ""]
    for column in (zscore, severity):
        assert isinstance(column, np.ndarray)
        assert column[7] == round(float(column[7]), 4)
        assert column[7] == column.max()
    for column in (flag, anomaly):
        assert isinstance(column, np.ndarray)
        assert np.flatnonzero(column).tolist() == [7]


@pytest.mark.parametrize("has_compat", [False, True])
@pytest.mark.parametrize("detectors", [{"zscore"}, {"zscore", "joint"}, {"zscore", "joint", "forest"}])
def test_there_are_as_many_columns_as_names(detectors: set[str], has_compat: bool) -> None:
    options = Options(
        *(Options.of(2).threshold, Options.of(2).direction, Options.of(2).min_deviation),
        detectors=frozenset(map(Detector, detectors)),
    )
    found, after = scored(options)
    names = added_names(["a", "b"], after, has_compat=has_compat)
    cells = list(added_columns(found, ["a", "b"], [True, True], has_compat=has_compat))
    assert len(cells) == len(names) == len(set(names))
    assert {column.size for column in cells if isinstance(column, np.ndarray)} == {len(ROWS)}
    assert ("joint_flag" in names, "forest_flag" in names) == ("joint" in detectors, "forest" in detectors)


def test_a_column_that_the_table_lacks_is_empty() -> None:
    values = ROWS.copy()
    values[:, 1] = np.nan
    found, _ = scored(Options.of(2), values)
    cells: list[Column] = list(added_columns(found, ["a", "b"], [True, False]))
    assert cells[2:4] == [None, None]
    assert cells[0] is not None
