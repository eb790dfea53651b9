"""Shares of another forest's time: 2 of 40 in one turn and 3 of 30 in the next are 0.075 in the middle."""

from __future__ import annotations

import pytest

from tests.bench.batches.targets import Verdicts
from tests.bench.streams.forest import Times, share, table


def times() -> Times:
    ours = {
        "train": [0.02, 0.03],
        "score": [1e-5] * 2,
        "single": [4e-5] * 2,
        "shares": [1e-5] * 2,
        "learn": [2e-5] * 2,
    }
    theirs = {"train": [4.0, 3.0], "score": [2e-5] * 2, "learn": [4e-5] * 2}
    return {"ours": ours, "krcf": theirs, "rrcf": {"train": [1.0] * 2, "score": [0.02] * 2}, "AWS": theirs}


def test_a_share_is_the_median_of_the_turns() -> None:
    assert share(times(), "krcf", "train") == pytest.approx((0.02 / 4.0 + 0.03 / 3.0) / 2.0)
    # One row at a time is what the others do anyway.
    assert share(times(), "krcf", "single") == pytest.approx(2.0)
    assert share(times(), "rrcf", "learn") is None


def test_a_missed_target_is_named() -> None:
    verdicts = Verdicts()
    shown = table("made", times(), verdicts)
    assert verdicts.missed == []
    assert "| learn | 20 us | 40 us | - | 40 us |" in shown
    slow = times()
    slow["ours"]["learn"] = [3.9e-5] * 2
    table("made", slow, verdicts)
    assert verdicts.missed == ["made: learn, share of krcf's: 0.975, target ≤ 0.6"]
