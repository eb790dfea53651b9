"""Series that have broken implementations before, from the bytes of a request to the bytes of its answer."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from anomaly_container.detection.univariate import ImputeMode
from anomaly_container.services.univariate import engine
from anomaly_container.services.univariate.contract.errors import ContractError
from anomaly_container.services.univariate.contract.limits import Limits
from anomaly_container.services.univariate.contract.request import parse
from anomaly_container.services.univariate.contract.response import Result, render
from anomaly_container.services.univariate.contract.versions import ApiVersion, Operation
from tests.property.documents import Document, assert_answers, points, respond
from tests.support import signals
from tests.support.signals import NASTY, Nasty, nasty_timestamps, no_gaps

LIMITS = Limits()
MOST = LIMITS.max_points

TURNS = np.arange(14) % 2 == 0
NOISE = signals.white(14, 1)
UNEQUAL = (
    no_gaps("ones and next to nothing by turns", np.where(TURNS, 1.0, 1e-110 * NOISE), "daily"),
    no_gaps("ones and nothing a square can hold by turns", np.where(TURNS, 1.0, 1e-200 * NOISE), "daily"),
    no_gaps("the limit and subnormals by turns", np.where(TURNS, 1e100, 1e-310 * NOISE), "daily"),
    no_gaps(
        "two large among tiny",
        np.where(np.arange(40) % 20 == 3, 1e65, 1e-250 * signals.white(40, 2)),
        "daily",
    ),
    no_gaps("a line of every magnitude", 10.0 ** np.linspace(-300, 100, 60), "daily"),
    no_gaps("every magnitude by minutes", 10.0 ** np.linspace(-300, 100, 60), "minutely"),
)
OPERATIONS = pytest.mark.parametrize("operation", Operation)


def body_of(nasty: Nasty, **fields: object) -> bytes:
    """Return the request about a row of the table."""
    document = {
        "series": points(nasty.values.tolist(), nasty_timestamps(nasty)),
        "granularity": nasty.granularity,
    }
    return json.dumps(document | fields).encode()


@OPERATIONS
@pytest.mark.parametrize("nasty", [*NASTY, *UNEQUAL], ids=lambda nasty: nasty.name)
def test_every_version_answers(nasty: Nasty, operation: Operation) -> None:
    body = body_of(nasty)
    results: dict[object, Result] = {}
    for version in ApiVersion:
        request = parse(body, operation, version, LIMITS)
        assert request.series.slots.tolist() == nasty.slots
        # Versions that ask the engine the same need not ask it twice.
        if request.options not in results:
            results[request.options] = engine.run(request)
        answer = render(request, results[request.options])
        assert_answers(answer, nasty.values.size, operation, version)


@OPERATIONS
@pytest.mark.parametrize(
    "nasty", [row for row in (*NASTY, *UNEQUAL) if row.values.size < 1000], ids=lambda n: n.name
)
def test_every_period_is_answered(nasty: Nasty, operation: Operation) -> None:
    """No season, the shortest, a week, and the longest that the contract lets through."""
    length = nasty.values.size if operation is Operation.CHANGE_POINT else nasty.slots[-1] + 1
    seasonal = operation is Operation.CHANGE_POINT or 2 * nasty.values.size >= length
    for period in {1, *((2, 7, (length - 1) // 2) if seasonal else ())}:
        if 2 * period < length:
            answer = engine.answer(body_of(nasty, period=period), operation, ApiVersion.V1_1, LIMITS).body
            assert assert_answers(answer, nasty.values.size, operation, ApiVersion.V1_1)["period"] == period


LONGEST: dict[str, tuple[Any, str, dict[str, object], set[str]]] = {
    "the shortest season": (signals.seasonal(MOST, 2, 1), "hourly", {"period": 2}, {"10"}),
    "a week of hours": (signals.seasonal(MOST, 168, 2), "hourly", {"period": 168}, {"10"}),
    "a day of minutes": (signals.seasonal(MOST, 1440, 3), "minutely", {"period": 1440}, {"10"}),
    "the longest season": (signals.seasonal(MOST, 4319, 4), "hourly", {"period": 4319}, {"10"}),
    "a season to detect": (signals.seasonal(MOST, 24, 5), "hourly", {}, {"10"}),
    "counts with a season": (
        signals.rounded(signals.seasonal(MOST, 24, 6, amplitude=2.0)),
        "hourly",
        {},
        {"10", "11"},
    ),
    "a growing season": (signals.growing_seasonal(MOST, 24, 7), "hourly", {"period": 24}, {"10"}),
    "dense noise": (signals.white(MOST, 8), "minutely", {"period": 0}, {"20", "21"}),
    "a dense walk": (signals.random_walk(MOST, 9), "secondly", {"period": 0}, {"20", "21"}),
    "noise": (signals.white(MOST, 10), "daily", {"period": 0}, {"40"}),
    "a walk": (signals.random_walk(MOST, 11), "daily", {"period": 0}, {"40"}),
    "constant": (signals.constant(MOST), "hourly", {}, {"40"}),
    "almost constant": (signals.almost_constant(MOST, 13, others=40), "minutely", {"period": 0}, {"41"}),
}


@OPERATIONS
@pytest.mark.parametrize("name", LONGEST)
def test_the_longest_series_in_every_detector(name: str, operation: Operation) -> None:
    values, granularity, fields, models = LONGEST[name]
    row = no_gaps(name, values, granularity)
    answer = engine.answer(body_of(row, maxAnomalyRatio=0.49, **fields), operation, ApiVersion.V1_1, LIMITS)
    assert_answers(answer.body, MOST, operation, ApiVersion.V1_1)
    assert answer.headers["model-id"] in (models if operation is not Operation.CHANGE_POINT else {"60"})


CALENDARS = [
    ("2024-02-29T00:00:00Z", "yearly", 1),
    ("2023-02-28T12:30:00Z", "yearly", 1),
    ("2024-02-29T00:00:00Z", "yearly", 4),
    ("2023-01-31T00:00:00Z", "monthly", 1),
    ("2023-01-30T23:59:59Z", "monthly", 1),
    ("2024-02-29T00:00:00Z", "monthly", 1),
    ("2023-04-30T00:00:00Z", "monthly", 3),
    ("1999-12-31T00:00:00Z", "monthly", 2),
    ("2024-02-28T00:00:00Z", "daily", 1),
    ("2100-02-27T00:00:00Z", "daily", 1),
    ("2024-02-26T00:00:00Z", "weekly", 1),
]


@OPERATIONS
@pytest.mark.parametrize(("start", "granularity", "interval"), CALENDARS)
def test_leap_days_and_month_ends_are_on_the_grid(
    start: str, granularity: str, interval: int, operation: Operation
) -> None:
    """Times do not matter beyond their slots, so the answer is that of the grid without a calendar."""
    values = signals.seasonal(30, 4, 1).tolist()
    kept = [slot for slot in range(30) if slot not in {5, 6, 19}]
    for slots in (list(range(30)), kept):
        series = points(
            [values[slot] for slot in slots],
            signals.timestamps(slots, granularity, interval=interval, start=start),
        )
        document: Document = {
            "series": series,
            "granularity": granularity,
            "customInterval": interval,
            "period": 4,
            "stableTrendWindow": 3,
            "threshold": 0.9,
        }
        request = parse(json.dumps(document).encode(), operation, ApiVersion.V1_1, LIMITS)
        assert request.series.slots.tolist() == slots
        plain = signals.timestamps(slots, "hourly")
        moved = [point | {"timestamp": stamp} for point, stamp in zip(series, plain, strict=True)]
        hourly = document | {"series": moved, "granularity": "hourly", "customInterval": 1}
        answer, other = (json.loads(respond(asked, operation)) for asked in (document, hourly))
        assert answer == other


def test_a_31st_is_also_a_30th_where_the_month_is_shorter_and_never_a_29th() -> None:
    values = list(range(12))
    stamps = signals.timestamps(range(12), "monthly", start="2023-01-31T00:00:00Z")
    assert stamps[1].startswith("2023-02-28")
    stamps[3] = "2023-04-29T00:00:00Z"
    with pytest.raises(ContractError, match="index 3 is invalid in monthly"):
        respond({"series": points(values, stamps), "granularity": "monthly"}, Operation.ENTIRE)


HALF = range(0, 58, 2)


@pytest.mark.parametrize("impute_mode", ImputeMode)
@pytest.mark.parametrize("period", [None, 0, 4, 7, 12])
def test_half_of_the_slots_may_be_empty(impute_mode: ImputeMode, period: int | None) -> None:
    """With a given season one more is refused; to detect one is no longer tried."""
    wave = signals.seasonal(61, 12, 1)
    document: Document = {
        "granularity": "daily",
        "imputeMode": impute_mode,
        "imputeFixedValue": 100.0,
        "period": period,
    }
    slots = [*HALF, 59]
    document["series"] = points(wave[slots].tolist(), signals.timestamps(slots, "daily"))
    for operation in Operation:
        assert_answers(respond(document, operation), len(slots), operation, ApiVersion.V1_1)
    slots = [*HALF, 60]
    document["series"] = points(wave[slots].tolist(), signals.timestamps(slots, "daily"))
    for operation in (Operation.ENTIRE, Operation.LAST):
        if period is not None and period > 1:
            with pytest.raises(ContractError, match="should be less than 50%"):
                respond(document, operation)
        else:
            answer = assert_answers(respond(document, operation), len(slots), operation, ApiVersion.V1_1)
            assert answer["period"] == 0


@pytest.mark.parametrize("impute_mode", ImputeMode)
def test_a_run_of_half_the_slots_may_be_empty(impute_mode: ImputeMode) -> None:
    slots = [*range(16), *range(44, 60)]
    values = signals.seasonal(60, 7, 2)[slots].tolist()
    for period in (None, 7, 15):
        for operation in Operation:
            document = {
                "series": points(values, signals.timestamps(slots, "hourly")),
                "granularity": "hourly",
                "imputeMode": impute_mode,
                "imputeFixedValue": -5,
                "period": period,
            }
            assert_answers(respond(document, operation), len(slots), operation, ApiVersion.V1_1)
