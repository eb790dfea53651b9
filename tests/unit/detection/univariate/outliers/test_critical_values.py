from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from anomaly_container.detection.univariate.outliers.critical_values import critical_values
from tests.naive.univariate.esd import critical_value
from tests.unit.detection.univariate.agreement import assert_equal


def formula(left: np.ndarray[tuple[int], np.dtype[np.int64]]) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    alpha = float(np.float32(0.05))
    t = stats.t.ppf(1.0 - alpha / (left + 1.0), left - 1.0)
    return (t * left / np.sqrt((left - 1.0 + t * t) * (left + 1.0))).astype(np.float32)


@pytest.mark.parametrize("length", [3, 4, 5, 12, 64, 65, 100, 8640])
def test_the_table_is_the_formula_in_single_precision(length: int) -> None:
    table = critical_values(length)
    assert table.dtype == np.float32
    assert table.shape == (length,)
    assert_equal(table[:2], [0.0, 0.0])
    assert_equal(table[2:], formula(np.arange(2, length)))


def test_the_table_is_the_twin() -> None:
    assert_equal(critical_values(60), [np.float32(critical_value(left)) for left in range(60)])


@pytest.mark.parametrize(
    ("size", "point"), [(5, 1.672), (10, 2.176), (20, 2.557), (25, 2.663), (30, 2.745), (50, 2.956)]
)
def test_the_first_of_a_series_has_the_points_of_grubbs(size: int, point: float) -> None:
    """Grubbs and Beck, Technometrics 14 (1972), table I: one-sided at 5 %."""
    assert critical_values(size)[size - 1] == pytest.approx(point, abs=1.1e-3)


@pytest.mark.parametrize("length", [1, 2])
def test_a_table_too_short_for_a_test_is_zero(length: int) -> None:
    assert_equal(critical_values(length), np.zeros(length))


def test_the_shared_table_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="read-only"):
        critical_values(30)[3] = 0.0
