"""The windows of keys, and the verdict on their newest value.

The smallest example: after 30 values near 10 a value of 99 is an anomaly, and one of 10 is not.
"""

from __future__ import annotations

import json
import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from anomaly_container.detection.univariate import Granularity, ImputeMode, Options
from anomaly_container.services.streams.contract.verdict import verdict_document
from anomaly_container.services.streams.key_window import KeyWindow
from anomaly_container.services.streams.keys import (
    LEAST_VALUES,
    KeyRules,
    KeyWindows,
    Verdict,
    judged,
)
from anomaly_container.services.univariate import engine
from anomaly_container.services.univariate.contract.limits import Limits
from anomaly_container.services.univariate.contract.versions import ApiVersion, Operation
from tests.support.scale import scale_of_this_run

MINUTELY = KeyRules(Options(Granularity.MINUTELY))


def verdicts(windows: KeyWindows, events: list[tuple[float, float]], key: str = "eu") -> list[Verdict | None]:
    return [windows.take(key, time, value) for time, value in events]


def test_the_twelfth_value_is_the_first_that_is_judged() -> None:
    found = verdicts(KeyWindows(MINUTELY), [(60.0 * minute, 10.0 + minute % 2) for minute in range(13)])

    assert [verdict is not None for verdict in found] == [False] * 11 + [True] * 2


def test_a_value_far_out_is_an_anomaly() -> None:
    windows = KeyWindows(MINUTELY)
    verdicts(windows, [(60.0 * minute, 10.0 + minute % 2) for minute in range(30)])

    verdict = windows.take("eu", 1800.0, 99.0)

    assert verdict is not None
    assert (verdict.is_anomaly, verdict.is_positive_anomaly) == (True, True)
    assert verdict.severity > 0


def test_older_values_are_stored_without_a_verdict() -> None:
    windows = KeyWindows(MINUTELY)
    events = [(60.0 * minute, 10.0) for minute in range(20) if minute != 5]

    assert verdicts(windows, events)[-1] is not None
    assert windows.take("eu", 5 * 60.0, 11.0) is None
    (_, newest, _, _, values) = windows.document()["keys"][0]
    assert newest == 19
    again = KeyWindows(MINUTELY)
    again.restore(windows.document())
    assert values == again.document()["keys"][0][-1]


def test_every_second_value_is_judged() -> None:
    rules = KeyRules(Options(Granularity.MINUTELY), every=2)

    found = verdicts(KeyWindows(rules), [(60.0 * minute, 10.0 + minute % 3) for minute in range(20)])

    assert [verdict is not None for verdict in found[11:]] == [True, False] * 4 + [True]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e101])
def test_what_the_detector_does_not_take_is_left_out(value: float) -> None:
    windows = KeyWindows(MINUTELY)

    assert windows.take("eu", 0.0, value) is None
    assert len(windows) == 0


def test_the_key_that_was_seen_longest_ago_makes_room() -> None:
    windows = KeyWindows(KeyRules(Options(Granularity.MINUTELY), most=2))
    for key in ("a", "b", "a", "c"):
        windows.take(key, 0.0, 1.0)

    assert [key for key, *_ in windows.document()["keys"]] == ["a", "c"]
    assert windows.evicted == {"full": 1}


def test_idle_keys_are_forgotten() -> None:
    windows = KeyWindows(KeyRules(Options(Granularity.MINUTELY), idle_seconds=600.0))
    windows.take("a", 0.0, 1.0)
    windows.take("b", 600.0, 1.0)
    assert len(windows) == 2

    windows.take("b", 601.0, 1.0)

    assert [key for key, *_ in windows.document()["keys"]] == ["b"]
    assert windows.evicted == {"idle": 1}
    windows.take("late", 0.0, 1.0)
    assert windows.evicted == {"idle": 1}


def test_they_go_on_from_their_document() -> None:
    rng = np.random.default_rng(4)
    events = [
        (f"key-{int(rng.integers(0, 8))}", 20.0 * place + float(rng.normal(0, 40)), float(rng.normal(50, 5)))
        for place in range(600)
    ]
    rules = KeyRules(Options(Granularity.MINUTELY), window=24, most=5)
    whole, parts = KeyWindows(rules), KeyWindows(rules)

    for event in events:
        assert parts.take(*event) == whole.take(*event)
        again = KeyWindows(rules)
        again.restore(json.loads(json.dumps(parts.document())))
        parts = again

    assert json.dumps(parts.document()) == json.dumps(whole.document())


def test_windows_of_another_grid_are_not_taken_over() -> None:
    windows = KeyWindows(MINUTELY)
    windows.take("eu", 0.0, 1.0)

    hourly = KeyWindows(KeyRules(Options(Granularity.HOURLY)))
    hourly.restore(windows.document())

    assert len(hourly) == 0


GRIDS: list[tuple[Granularity, int, timedelta]] = [
    (Granularity.SECONDLY, 10, timedelta(seconds=10)),
    (Granularity.MINUTELY, 5, timedelta(minutes=5)),
    (Granularity.HOURLY, 1, timedelta(hours=1)),
    (Granularity.DAILY, 1, timedelta(days=1)),
    (Granularity.WEEKLY, 1, timedelta(weeks=1)),
    (Granularity.MONTHLY, 1, timedelta(days=30)),
]
MODES = (ImputeMode.AUTO, ImputeMode.PREVIOUS, ImputeMode.LINEAR, ImputeMode.ZERO, ImputeMode.NOT_FILL)


def http_answer(window: KeyWindow, rules: KeyRules, begins: dict[int, datetime]) -> dict[str, Any]:
    """Return the answer of POST last/detect for the values of a window with the times of their slots."""
    assert window.newest is not None
    size, series = window.values.size, []
    for slot in range(window.newest - size + 1, window.newest + 1):
        if not np.isnan(window.values[slot % size]):
            stamp = begins[slot].strftime("%Y-%m-%dT%H:%M:%SZ")
            series.append({"timestamp": stamp, "value": window.values[slot % size]})
    body = {
        "series": series,
        "granularity": rules.options.granularity.value,
        "customInterval": rules.options.interval,
        "sensitivity": rules.options.sensitivity,
        "imputeMode": rules.options.impute_mode.value,
    }
    outcome = engine.answer(json.dumps(body).encode(), Operation.LAST, ApiVersion.V1_1, Limits())
    answer: dict[str, Any] = json.loads(outcome.body)
    return answer


def begin_of(slot: int, granularity: Granularity, step: timedelta) -> datetime:
    if granularity is Granularity.MONTHLY:
        return datetime(slot // 12, slot % 12 + 1, 1, tzinfo=UTC)
    return datetime(1970, 1, 1, tzinfo=UTC) + slot * step


def test_a_thousand_windows_are_judged_as_the_service_does() -> None:
    rng, anomalies = np.random.default_rng(7), 0
    for _ in range(1000):
        granularity, interval, step = GRIDS[int(rng.integers(0, len(GRIDS)))]
        size, period = int(rng.choice([12, 24, 96, 180])), int(rng.integers(2, 13))
        sensitivity, mode = int(rng.integers(0, 100)), MODES[int(rng.integers(0, len(MODES)))]
        rules = KeyRules(
            Options(granularity, interval, sensitivity=sensitivity, impute_mode=mode), window=size
        )
        window, begins = KeyWindow(size), {}
        first = 24_300 if granularity is Granularity.MONTHLY else int(1_767_225_600 // step.total_seconds())
        missing = {12: 0.0, 24: 0.1}.get(size, float(rng.choice([0.0, 0.1, 0.4])))
        for place in range(size + 30):
            begins[first + place] = begin_of(first + place, granularity, step)
            value = (
                50
                + 10 * np.sin(2 * np.pi * place / period)
                + rng.normal(0, 2)
                + 60 * (rng.random() < (0.3 if place == size + 29 else 0.03))
            )
            if place == size + 29 or rng.random() >= missing:
                window.put(first + place, float(value))
        assert window.series().values.size >= LEAST_VALUES

        verdict = judged(window.series(), rules.options)

        anomalies += verdict.is_anomaly
        assert http_answer(window, rules, begins) == verdict_document(verdict) | {
            "isAnomaly": verdict.is_anomaly,
            "isPositiveAnomaly": verdict.is_positive_anomaly,
            "isNegativeAnomaly": verdict.is_negative_anomaly,
            "suggestedWindow": verdict.suggested_window,
        }
    assert anomalies > 20


@pytest.mark.parametrize(
    ("granularity", "interval"), [(g, n) for g, n, _ in GRIDS] + [(Granularity.YEARLY, 2)]
)
def test_times_of_a_slot_have_its_number(granularity: Granularity, interval: int) -> None:
    rules = KeyRules(Options(granularity, interval))
    windows, start = KeyWindows(rules), datetime(2026, 3, 1, tzinfo=UTC).timestamp()

    windows.take("eu", start, 1.0)
    windows.take("eu", start + 0.9, 2.0)

    ((_, newest, seen, _, _),) = windows.document()["keys"]
    months = {Granularity.MONTHLY: 2026 * 12 + 2, Granularity.YEARLY: 1013}
    seconds = {granularity: step.total_seconds() for granularity, _, step in GRIDS}
    assert newest == months.get(granularity, start // seconds.get(granularity, 1.0))
    assert seen == 2


def test_memory_is_that_of_the_formula() -> None:
    """Twice as many keys as there is room for: 10 % of keys * (8 * window + 400) bytes."""
    keys = scale_of_this_run().of(2000, 20_000)
    rules = KeyRules(Options(Granularity.MINUTELY), most=keys // 2)
    tracemalloc.start()
    try:
        windows = KeyWindows(rules)
        before, _ = tracemalloc.get_traced_memory()
        for minute in range(3):
            for number in range(keys):
                windows.take(
                    f"eu-west|customer-{number:06}|checkout", 1_767_225_600.0 + 60 * minute, 1.0 + number
                )
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(windows) == keys // 2
    assert (after - before) / (keys // 2 * (8 * 96 + 400)) == pytest.approx(1.0, abs=0.1)
