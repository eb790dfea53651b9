"""The busiest of two took 50, 55 and 70 % in three runs: the median meets its target, the worst does not."""

from __future__ import annotations

import pytest

from tests.bench.sharing import OPENED, RATE, WORKER_COUNTS, row
from tests.bench.steady import Steady
from tests.bench.targets import MEDIAN_SHARES, Verdicts

RUNS = [Steady(1.0, p99, share) for p99, share in ((3.0, 0.50), (9.0, 0.70), (4.0, 0.55))]


def test_the_median_and_the_worst_run_have_a_target_each() -> None:
    verdicts = Verdicts()
    assert row(2, "at once", RUNS, verdicts) == "| 2 | at once | 55 ≤ 60 | **70** not ≤ 65 | 4.0 |"
    assert verdicts.compared == 2
    [missed] = verdicts.missed(10.0)
    assert missed == "work of the busiest of 2, connections opened at once, worst run"


def test_of_four_workers_the_median_has_a_target() -> None:
    verdicts = Verdicts()
    expected = "| 4 | at once | **55** not ≤ 35 | 70 | 4.0 |"
    assert row(4, "at once", RUNS, verdicts) == expected
    assert verdicts.compared == 1


def test_every_count_of_workers_has_a_target_above_an_even_share() -> None:
    assert MEDIAN_SHARES.keys() == set(WORKER_COUNTS)
    assert all(1 / workers < share < 1 for workers, share in MEDIAN_SHARES.items())
    assert set(OPENED.values()) == {True, False}
    assert pytest.approx(350) == RATE
