"""Two workers that took 1 and 2 seconds for 300 answers are as good as 150 a second."""

from __future__ import annotations

import pytest

from tests.bench.together import answers_per_second, times


def test_the_busier_worker_bounds_them() -> None:
    assert answers_per_second(300, [1.0, 2.0]) == 150.0
    assert answers_per_second(300, [1.5, 1.5]) == 200.0


def test_pairs_are_compared_not_medians() -> None:
    # The machine was twice as slow in the second round.
    assert times([100.0, 50.0, 100.0], [190.0, 95.0, 170.0]) == pytest.approx(1.9)
    with pytest.raises(ValueError, match="zip"):
        times([1.0], [1.0, 2.0])
