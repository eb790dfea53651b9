"""Ratios 40, 50 and 60 of three rounds: 50 times less, whatever each round took."""

from __future__ import annotations

import pytest

from tests.bench.batches.paired import MODES, ORIGINAL, Cost, growth, table, times_less
from tests.bench.batches.targets import Verdicts


def test_the_ratio_is_that_of_the_rounds() -> None:
    ours, original = Cost((0.001, 0.002, 0.001), 50.0), Cost((0.04, 0.12, 0.05), 200.0)
    assert times_less(ours, original) == pytest.approx(50.0)


def test_both_the_bar_and_what_is_aimed_at_are_compared() -> None:
    measured = {(mode, 100): Cost((0.001,), 50.0) for mode in MODES} | {
        (ORIGINAL, 100): Cost((0.035,), 180.0)
    }
    verdicts = Verdicts()
    line = table(measured, verdicts).splitlines()[-1]
    assert line == "| 100 | 35 | 1 | **35** (≥ 40); bar 35 (≥ 30) | 1 | **35** (≥ 80) | 180 | 50 | 50 |"
    assert len(verdicts.missed) == 2


def test_growth_beyond_linear_is_missed() -> None:
    measured = {(mode, 100_000): Cost((0.1,), 50.0) for mode in MODES}
    measured |= {("default", 1_000_000): Cost((1.0,), 50.0), ("compat", 1_000_000): Cost((1.2,), 50.0)}
    verdicts = Verdicts()
    growth(measured, verdicts)
    assert verdicts.missed == ["growth, compat: 12, target ≤ 11"]
