"""The forest as a kind of model.

The smallest example: 1,000 trees of 4,096 rows in 64 columns are refused before they take the memory.
"""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_container.services.streams import models
from anomaly_container.services.streams.models.forest import check_memory, fitted, restored
from tests.support.stream_events import streams_settings

ROWS = np.random.default_rng(1).normal(size=(200, 3))


def test_there_and_back() -> None:
    forest = fitted(ROWS, streams_settings(Forest__Trees=3, Forest__Sample=16, Forest__Seed=9))
    parameters = {"trees": 3, "sample": 16, "seed": 9, "shingle": 1}
    again = models.restored("forest", forest.arrays(), parameters)
    assert isinstance(again, models.RowScorer)
    np.testing.assert_array_equal(again.scores(ROWS), forest.scores(ROWS))


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"trees": 4, "sample": 16, "seed": 9, "shingle": 1},
        {"trees": 3, "sample": 17, "seed": 9, "shingle": 1},
        {"trees": 3, "sample": 16, "seed": "9", "shingle": 1},
        {"trees": 3, "sample": 16, "seed": 9, "shingle": 1, "more": 1},
    ],
)
def test_parameters_that_do_not_fit(parameters: dict[str, object]) -> None:
    forest = fitted(ROWS, streams_settings(Forest__Trees=3, Forest__Sample=16, Forest__Seed=9))
    with pytest.raises(ValueError, match=r"\S"):
        restored(forest.arrays(), parameters)


def test_memory() -> None:
    check_memory(50, 512, 7, 16)
    with pytest.raises(ValueError, match="MaxMegabytes is 512"):
        check_memory(1000, 4096, 64, 512)
