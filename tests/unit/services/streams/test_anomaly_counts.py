"""How many anomalies lie in a window.

The smallest example: of anomalies at 0, 30 and 60 seconds two lie in (0, 60].
"""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_container.services.streams.anomaly_counts import AnomalyCounts


def counts_of(times: list[float], span: int = 900) -> AnomalyCounts:
    counts = AnomalyCounts(span)
    for time in times:
        counts.add(time)
    return counts


def test_a_window_leaves_out_its_beginning_or_if_aligned_its_end() -> None:
    counts = counts_of([0.0, 30.0, 60.0])

    assert counts.count(0.0, 60.0) == 2
    assert counts.count(0.0, 60.0, aligned=True) == 2
    assert counts.count(0.0, 30.0) == 1
    assert counts.count(60.0, 960.0) == 0
    assert counts.count(60.0, 960.0, aligned=True) == 1


def test_other_events_are_no_anomalies_but_data() -> None:
    counts = AnomalyCounts(900)
    counts.see(65.0, 110.0)

    assert counts.count(0.0, 900.0) == 0
    assert [counts.any(start, start + 60.0) for start in (0.0, 4.0, 5.0, 109.0, 110.0)] == [
        False, False, True, True, False,
    ]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    times=st.lists(st.floats(0, 1800), max_size=80),
    start=st.floats(0, 1800),
    length=st.integers(1, 15),
    aligned=st.booleans(),
)
def test_it_counts_as_a_list_does(times: list[float], start: float, length: int, *, aligned: bool) -> None:
    counts, end = counts_of(times), start + 60 * length

    inside = [time for time in times if (start <= time < end if aligned else start < time <= end)]
    assert counts.count(start, end, aligned=aligned) == len(inside)
    assert counts.any(start, end, aligned=aligned) == bool(inside)


@pytest.mark.parametrize(("span", "most_off"), [(900, 1.0), (3600, 1.0), (86_400, 60.0), (8_640_000, 6000.0)])
def test_a_flood_takes_some_thousand_numbers_and_is_off_by_little_at_the_edge(
    span: int, most_off: float
) -> None:
    times = np.sort(np.random.default_rng(3).uniform(0, span, 100_000))
    counts = counts_of(times.tolist(), span)

    assert len(json.dumps(counts.document())) < 250_000
    found = counts.count(0.3 * span, 0.7 * span)
    edges = [0.3 * span, 0.7 * span]
    near = sum(int(((times >= edge - most_off) & (times <= edge + most_off)).sum()) for edge in edges)
    assert abs(found - int(((times > edges[0]) & (times <= edges[1])).sum())) <= near


def test_what_is_old_is_forgotten_by_whole_minutes() -> None:
    counts = counts_of([0.0, 59.0, 60.0, 100.0])

    counts.forget(90.0)

    assert counts.count(-1.0, 200.0) == 2
    assert counts.newest == 100.0


def test_it_comes_back_from_its_document() -> None:
    counts = counts_of([0.5, 0.5, 59.25, 3000.0])
    counts.see(10.0, 20.0)

    again = AnomalyCounts(900)
    again.restore(json.loads(json.dumps(counts.document())))

    assert again.document() == counts.document()
    assert again.count(0.0, 60.0) == 3
