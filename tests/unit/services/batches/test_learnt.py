"""Baselines as JSON.

The smallest example: moments of the one value 2.5 are `{"count": [1.0], "mean": [2.5], "m2": [0.0]}`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import pytest

from anomaly_container.detection.batches.baseline import Baseline, begin, merge, score_block
from anomaly_container.detection.batches.moments import Moments
from anomaly_container.detection.batches.options import Detector, Options
from anomaly_container.services.batches.learnt import from_json, to_json


def there_and_back(baseline: Any, like: Any) -> Any:  # noqa: ANN401  # any baseline
    return from_json(orjson.loads(orjson.dumps(to_json(baseline))), like)


def test_moments() -> None:
    moments = Moments(np.array([1.0]), np.array([2.5]), np.array([0.0]))
    assert to_json(moments) == {"count": [1.0], "mean": [2.5], "m2": [0.0]}
    assert to_json(there_and_back(moments, Moments.none(1))) == to_json(moments)


def test_numbers_are_equal_to_the_last_digit() -> None:
    generator = np.random.default_rng(0)
    numbers = np.concatenate([generator.normal(size=1000) ** 15, [5e-324, 1.7976931348623157e308, 0.0, -0.0]])
    back = there_and_back(Moments(numbers, numbers, numbers), Moments.none(numbers.size))
    assert back.mean.tobytes() == numbers.tobytes()


@pytest.mark.parametrize("columns", [1, 2, 5])
@pytest.mark.parametrize("rows", [0, 10, 1500])
def test_a_baseline_scores_as_its_json_does(columns: int, rows: int) -> None:
    options = Options.of(columns)
    options = Options(
        options.threshold, options.direction, options.min_deviation, detectors=frozenset(Detector)
    )
    generator = np.random.default_rng(1)
    baseline = begin(options)
    for number in range(0, rows, 500):
        values = generator.normal(size=(min(rows, 500), columns))
        values[::7, 0] = np.nan
        _, added = score_block(baseline, values, options, source=b"e", first_row=number)
        baseline = merge(baseline, added, options)
    back: Baseline = there_and_back(baseline, begin(options))
    assert orjson.dumps(to_json(back)) == orjson.dumps(to_json(baseline))
    values = generator.normal(size=(50, columns))
    one, two = (score_block(known, values, options)[0] for known in (baseline, back))
    assert one.zscores.z.tobytes() == two.zscores.z.tobytes()
    assert one.verdict.severity.tobytes() == two.verdict.severity.tobytes()


def test_gaps_and_parts_that_are_missing() -> None:
    @dataclass
    class Part:
        rows: np.ndarray[Any, np.dtype[np.float64]]
        other: Moments | None
        count: int

    part = Part(np.array([[1.0, np.nan]]), None, 3)
    back = there_and_back(part, Part(np.empty((0, 2)), Moments.none(1), 0))
    np.testing.assert_array_equal(back.rows, part.rows)
    assert (back.other, back.count) == (None, 3)
    empty = there_and_back(Part(np.empty((0, 2)), None, 0), part)
    assert empty.rows.shape == (0, 2)
