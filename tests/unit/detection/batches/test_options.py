"""Options by column.

The smallest example: the defaults for two columns are a threshold of 4 for each, in both directions.
"""

from __future__ import annotations

from anomaly_container.detection.batches.options import Detector, Direction, Options


def test_the_defaults_of_two_columns() -> None:
    options = Options.of(2)
    assert options.columns == 2
    assert options.threshold.tolist() == [4.0, 4.0]
    assert options.direction.tolist() == [Direction.BOTH, Direction.BOTH]
    assert options.min_deviation.tolist() == [0.0, 0.0]
    assert (options.maturity, options.half_life, options.hold_rows) == (30, 0.0, 200)
    assert options.detectors == options.vote == {"zscore", "joint"}


def test_a_limit_for_every_column() -> None:
    options = Options.of(3, threshold=5.0, direction=Direction.UP, min_deviation=0.5)
    assert options.threshold.tolist() == [5.0] * 3
    assert options.direction.tolist() == [1] * 3
    assert options.min_deviation.tolist() == [0.5] * 3


def test_detectors_have_the_names_of_the_settings() -> None:
    assert [Detector(name) for name in ("zscore", "joint", "forest")] == list(Detector)
