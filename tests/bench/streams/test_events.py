"""An event of 1 us in orjson and 2 us with its features is 2 times orjson alone."""

from __future__ import annotations

from tests.bench.batches.targets import Verdicts
from tests.bench.streams.events import table


def seconds(features: float, whole: float, in_numpy: float) -> dict[str, float]:
    return {
        "orjson alone": 1e-6,
        "parse and features": features,
        "whole event, dense": whole,
        "whole event, dense, in numpy alone": in_numpy,
    }


def test_times_within_the_targets_are_shown() -> None:
    verdicts = Verdicts()
    shown = table(seconds(2e-6, 1e-5, 2e-4), verdicts)
    assert "| parse and features | 2 us | 2 (≤ 3) |" in shown
    assert verdicts.words() == "3 of 3 targets are met."


def test_times_beyond_the_targets_are_named() -> None:
    verdicts = Verdicts()
    table(seconds(4e-6, 3e-5, 3e-4), verdicts)
    assert [missed.partition(":")[0] for missed in verdicts.missed] == [
        "parse and features, times orjson alone",
        "whole event, us",
        "events a second in numpy alone",
    ]
