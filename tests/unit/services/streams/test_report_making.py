"""The sums of an hour to its report.

The smallest example: one event of 50 ms has all its percentiles at 50.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from anomaly_container.services.streams.minute_book import MinuteBook
from anomaly_container.services.streams.minute_sums import MinuteSums
from anomaly_container.services.streams.report_making import report_of
from tests.support.stream_results import HOUR, result


def sums_of_an_hour(events: int) -> list[MinuteSums]:
    rng = np.random.default_rng(events)
    times = np.sort(rng.uniform(0, 3600, events))
    scores, responses = rng.lognormal(0, 0.5, events), rng.lognormal(4, 1, events)
    book = MinuteBook()
    book.add(
        [
            result(
                offset,
                HOUR + float(times[offset]),
                score=float(scores[offset]),
                anomalous=scores[offset] > 2,
                response_time=float(responses[offset]),
                path=f"/{offset % 12}",
                reasons=(("path", 0.7), ("method", 0.2)),
            )
            for offset in range(events)
        ]
    )
    return book.changed()


def test_one_event_has_all_percentiles_at_its_value() -> None:
    book = MinuteBook()
    book.add([result(0, HOUR + 30.0, response_time=50.0)])

    report = report_of("shop", HOUR, book.changed(), history={})

    assert report.response_time == {
        "mean": 50.0,
        "p50": 50.0,
        "p90": 50.0,
        "p95": 50.0,
        "p99": 50.0,
        "max": 50.0,
    }
    assert (report.events, report.anomalies, report.rate, report.worst) == (1, 0, 0.0, [])
    assert report.minutes == [{"minute": "2026-01-08T10:00:00Z", "events": 1, "anomalies": 0, "p95": 50.0}]


def test_the_figures_are_those_of_all_events() -> None:
    report = report_of("shop", HOUR, sums_of_an_hour(2000), history={})

    rng = np.random.default_rng(2000)
    rng.uniform(0, 3600, 2000)
    scores, responses = rng.lognormal(0, 0.5, 2000), rng.lognormal(4, 1, 2000)
    assert report.events == 2000
    assert report.anomalies == int((scores > 2).sum()) == sum(row["anomalies"] for row in report.minutes)
    assert report.response_time["mean"] == pytest.approx(responses.mean(), abs=1e-9)
    assert report.response_time["max"] == responses.max()
    for name, part in (("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)):
        exact = np.sort(responses)[math.ceil(part * 2000) - 1]
        assert report.response_time[name] == pytest.approx(exact, rel=0.01)
    assert [row["feature"] for row in report.features] == ["path", "method"]
    assert report.features[1] == {
        "feature": "method", "anomalies": 0, "meanShare": pytest.approx(0.2, abs=1e-9),
    }  # fmt: skip
    assert [row["score"] for row in report.worst] == sorted(scores, reverse=True)[:10]
    assert len(report.paths) == 10


def test_the_trace_has_at_most_two_thousand_points() -> None:
    few, many = (report_of("shop", HOUR, sums_of_an_hour(count), history={}) for count in (900, 20_000))

    assert (len(few.trace["points"]), few.trace["columns"]) == (900, [])
    assert many.trace["points"] == []
    assert len(many.trace["columns"]) == 720


def test_an_hour_without_events_has_no_figures() -> None:
    parked = MinuteSums(HOUR, 7, parked={"not-json": 3})

    report = report_of("shop", HOUR, [parked], history={})

    assert (report.events, report.rate, report.score["mean"], report.threshold) == (0, 0.0, None, None)
    assert (report.parked, report.minutes) == ({"not-json": 3}, [])
