"""The sums of a minute, which merge.

The smallest example: two parts of a minute with one event each have two events together.
"""

from __future__ import annotations

import json

import numpy as np
import pytest

from anomaly_container.services.streams.batch_sums import batch_sums
from anomaly_container.services.streams.minute_sums import MinuteSums, minute_of
from tests.support.stream_results import HOUR, result


def sums_of(*offsets: int) -> MinuteSums:
    rng = np.random.default_rng(5)
    columns = rng.uniform(0, 60, 100), rng.lognormal(0, 1, 100), rng.lognormal(4, 1, 100)
    rows = [
        result(
            offset,
            HOUR + float(columns[0][offset]),
            score=float(columns[1][offset]),
            anomalous=columns[1][offset] > 2,
            response_time=float(columns[2][offset]),
            path=f"/{offset % 3}",
            reasons=(("path", 0.5), ("method", 0.25)) if offset % 2 else (("method", 1 / 3),),
            filled=("response_time",) if offset % 7 == 0 else (),
        )
        for offset in offsets
    ]
    (sums,) = batch_sums(rows).values()
    return sums


def test_two_parts_are_the_whole_in_any_order() -> None:
    parts = [sums_of(*range(start, 100, 4)) for start in (2, 0, 3, 1)]
    merged = MinuteSums(HOUR)
    for part in parts:
        merged.merge(MinuteSums.from_document(json.loads(json.dumps(part.document()))))

    assert json.dumps(merged.document()) == json.dumps(sums_of(*range(100)).document())


def test_the_ten_highest_anomalies_are_kept() -> None:
    worst = sums_of(*range(100)).worst

    assert len(worst) == 10
    scores = [one.event.score for one in worst]
    assert scores == sorted(scores, reverse=True)


def test_empty_sums_are_neutral() -> None:
    merged = MinuteSums(HOUR)
    merged.merge(MinuteSums(HOUR))

    assert merged.document() == MinuteSums(HOUR).document()
    assert (merged.first, merged.last, merged.threshold) == (None, None, None)


def test_figures_that_do_not_add_up_are_refused() -> None:
    document = sums_of(0, 1).document()
    document["score"]["count"] = 7

    with pytest.raises(ValueError, match="do not add up"):
        MinuteSums.from_document(document)


@pytest.mark.parametrize(("time", "minute"), [(0.0, 0), (59.999, 0), (60.0, 60), (-0.5, -60)])
def test_a_minute_begins_at_its_first_second(time: float, minute: int) -> None:
    assert minute_of(time) == minute
