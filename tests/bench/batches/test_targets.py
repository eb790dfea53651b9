"""A ratio of 29 misses a target of 30 and is named; one of 31 meets it."""

from __future__ import annotations

from tests.bench.batches.targets import Verdicts


def test_a_value_is_compared_with_its_target() -> None:
    verdicts = Verdicts()
    assert verdicts.at_least("ratio", 31.0, 30.0) == "31 (≥ 30)"
    assert verdicts.words() == "1 of 1 targets are met."
    assert verdicts.at_least("ratio", 29.0, 30.0) == "**29** (≥ 30)"
    assert verdicts.at_most("peak", 121.0, 120.0) == "**121** (≤ 120)"
    assert verdicts.words().splitlines() == [
        "1 of 3 targets are met.",
        "",
        "Missed:",
        "",
        "- ratio: 29, target ≥ 30",
        "- peak: 121, target ≤ 120",
    ]


def test_a_value_that_is_equal_to_its_target_meets_it() -> None:
    verdicts = Verdicts()
    verdicts.at_least("ratio", 30.0, 30.0)
    verdicts.at_most("peak", 120.0, 120.0)
    assert verdicts.missed == []
