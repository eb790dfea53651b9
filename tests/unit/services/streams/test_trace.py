"""The course of score and response time within a minute.

The smallest example: two events are two points; a hundred are the least and largest of every 5 seconds.
"""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_container.services.streams.trace import MOST_POINTS, Point, Trace, traces

EVENTS = st.lists(
    st.tuples(st.floats(0, 59.99), st.one_of(st.none(), st.floats(0, 1e4)), st.floats(0, 10)),
    min_size=1,
    max_size=80,
)


def trace_of(points: list[Point]) -> Trace:
    ordered = sorted(points, key=lambda point: point[0])
    times, responses, scores = (
        np.array([point[place] for point in ordered], np.float64) for place in range(3)
    )
    return traces(times, responses, scores, np.zeros(len(points), np.int64))[0]


def test_few_events_are_points() -> None:
    trace = trace_of([(2.0, None, 1.1), (1.0, 30.0, 0.9)])

    assert trace.points == [(1.0, 30.0, 0.9), (2.0, None, 1.1)]


def test_many_are_columns_of_five_seconds() -> None:
    trace = trace_of([(second / 10, 10.0 + second, 1.0 + second % 3) for second in range(100)])

    assert trace.points is None
    assert trace.columns == {0: (10.0, 59.0, 1.0, 3.0), 5: (60.0, 109.0, 1.0, 3.0)}


def test_columns_know_that_all_response_times_are_missing() -> None:
    trace = trace_of([(1.0, None, 0.5)] * (MOST_POINTS + 1))

    assert trace.columns == {0: (None, None, 0.5, 0.5)}


@settings(max_examples=200, deadline=None)
@given(points=EVENTS, cut=st.integers(0, 80))
def test_parts_give_the_whole(points: list[Point], cut: int) -> None:
    parts = [part for part in (points[:cut], points[cut:]) if part]
    merged = Trace()
    for part in parts:
        merged.merge(Trace.from_document(json.loads(json.dumps(trace_of(part).document()))))

    assert json.dumps(merged.document()) == json.dumps(trace_of(points).document())


@pytest.mark.parametrize("events", [1, MOST_POINTS, MOST_POINTS + 1])
def test_it_comes_back_from_its_document(events: int) -> None:
    trace = trace_of([(float(second % 60), float(second), 1.0) for second in range(events)])

    again = Trace.from_document(json.loads(json.dumps(trace.document())))

    assert again.columns == trace.columns
    assert again.document() == trace.document()
