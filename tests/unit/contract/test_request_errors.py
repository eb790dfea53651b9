from __future__ import annotations

from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest

from anomaly_container.contract.errors import ContractError
from anomaly_container.contract.limits import Limits
from anomaly_container.contract.request import Request, parse
from anomaly_container.contract.versions import ApiVersion, Operation
from anomaly_container.detection import Granularity
from tests.bodies import body, pascal_body, points

GRANULARITIES = (
    "['daily', 'minutely', 'hourly', 'weekly', 'monthly', 'yearly', 'secondly', 'microsecond', 'none']"
)
IMPUTE_MODES = "['last', 'no', 'auto', 'previous', 'linear', 'zero', 'fixed', 'notFill']"
MALFORMED = "'timestamp' or 'value' is malformed in 'series' Field."


def ask(
    raw: bytes, operation: Operation = Operation.ENTIRE, version: ApiVersion = ApiVersion.V1_1
) -> Request:
    return parse(raw, operation, version, Limits())


def error_of(
    raw: bytes, operation: Operation = Operation.ENTIRE, version: ApiVersion = ApiVersion.V1_1
) -> tuple[str, str]:
    with pytest.raises(ContractError) as caught:
        ask(raw, operation, version)
    assert caught.value.status == 400
    return caught.value.code, caught.value.message


def with_point(index: int, **part: object) -> list[dict[str, Any]]:
    """Return a good series with one part of one point replaced, or left out where it is `...`."""
    series = points()
    merged = series[index] | part
    series[index] = {name: value for name, value in merged.items() if value is not ...}
    return series


def days(*numbers: int) -> list[dict[str, Any]]:
    """Return points on these days of one long calendar."""
    calendar = points(max(numbers) + 1)
    return [calendar[number] for number in numbers]


BAD_FIELDS = [
    ("granularity", ["", "Daily", "day", "perMinute", 1, True, [], {}, ["daily"], float("nan")]),
    ("customInterval", [0, -1, 1.0, 1.5, "1", True, [], 2**31, 10**30, 10**400, float("inf")]),
    ("period", [-1, 7.0, "7", True, False, [], {}, 2**31, 10**30, -(10**30), float("nan")]),
    ("alpha", [0, -0.1, "0.05", True, [], float("nan"), float("inf")]),
    ("maxAnomalyRatio", [0, 0.0, 1, 1.0, -0.1, 0.4900001, 0.5, "0.25", True, [], float("nan")]),
    ("sensitivity", [-1, 101, 95.0, 95.5, "95", True, [], 10**400, float("-inf")]),
    ("threshold", [1, 0, "3.5", True, [], float("nan"), float("inf")]),
    ("imputeMode", ["", "none", "Auto", "notfill", 0, True, [], {}]),
    ("boundaryVersion", ["", "V4", "v1", 1, True, [], {}]),
]
MESSAGES = {
    "granularity": (
        "InvalidGranularity",
        f"The 'granularity' field can only be one of the following: {GRANULARITIES}.",
    ),
    "customInterval": ("InvalidCustomInterval", "The 'customInterval' field must be an integer > 0."),
    "period": ("InvalidPeriod", "The 'period' field must be an integer >= 0."),
    "alpha": ("InvalidModelArgument", "The 'alpha' field must > 0."),
    "maxAnomalyRatio": (
        "InvalidModelArgument",
        "The 'maxAnomalyRatio' field must be less than 50% of the series points (0 < maxAnomalyRatio < 0.5).",
    ),
    "sensitivity": (
        "InvalidModelArgument",
        "The 'sensitivity' field must be an integer between 0 and 99.",
    ),
    "threshold": ("InvalidModelArgument", "The 'threshold' field must be a float."),
    "imputeMode": (
        "InvalidImputeMode",
        f"The 'imputeMode' field is required and should be one of the following: {IMPUTE_MODES}.",
    ),
    "boundaryVersion": (
        "InvalidBoundaryVersion",
        "The 'boundaryVersion' field can only be one of the following: ['V1', 'V2', 'V3'].",
    ),
}


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field, values in BAD_FIELDS for value in values], ids=repr
)
@pytest.mark.parametrize("version", ApiVersion)
def test_scalar_fields_of_detection(field: str, value: object, version: ApiVersion) -> None:
    for operation in (Operation.ENTIRE, Operation.LAST):
        assert error_of(body(**{field: value}), operation, version) == MESSAGES[field]


BAD_CHANGE_POINT_FIELDS = [
    *BAD_FIELDS[:3],
    ("threshold", [0, 1, 0.0, 0.009, 0.991, 1.0, "0.9", True, [], float("nan")]),
    ("stableTrendWindow", [2, 0, -3, 5.0, "5", True, [], 12, 13, 10**400]),
]
CHANGE_POINT_MESSAGES = MESSAGES | {
    "threshold": (
        "InvalidModelArgument",
        "The 'threshold' field must be an float between 0.01 and 0.99.",
    ),
    "stableTrendWindow": (
        "InvalidModelArgument",
        "The 'stableTrendWindow' field must be an integer >= 3 and < half of series' length.",
    ),
}


@pytest.mark.parametrize(
    ("field", "value"),
    [(field, value) for field, values in BAD_CHANGE_POINT_FIELDS for value in values],
    ids=repr,
)
@pytest.mark.parametrize("version", ApiVersion)
def test_scalar_fields_of_change_points(field: str, value: object, version: ApiVersion) -> None:
    assert error_of(body(**{field: value}), Operation.CHANGE_POINT, version) == CHANGE_POINT_MESSAGES[field]


@pytest.mark.parametrize("value", [..., None, "1", True, [], float("nan"), 2e100, 10**400])
def test_fixed_values(value: object) -> None:
    v1_1 = body(imputeMode="fixed", imputeFixedValue=value)
    assert error_of(v1_1) == (
        "InvalidImputeFixedValue",
        "The 'imputeFixedValue' field must be a number.",
    )
    older = body(fillUpMode="fixed", fixedValue=value)
    assert error_of(older) == ("InvalidFixedValue", "The 'fixedValue' field must be a number.")
    strategy = {"imputeMode": "fixed"} | ({} if value is ... else {"imputeValue": value})
    assert error_of(body(imputeStrategy=strategy), version=ApiVersion.V1_1_PREVIEW) == (
        "InvalidImputeFixedValue",
        "The 'imputeValue' field must be a number.",
    )


def test_older_words_for_missing_points() -> None:
    wrong: tuple[object, ...] = ("", "Auto", 1, [])
    for mode in wrong:
        assert error_of(body(fillUpMode=mode)) == (
            "InvalidFillUpMode",
            f"The 'fillUpMode' field is required and should be one of the following: {IMPUTE_MODES}.",
        )


@pytest.mark.parametrize(
    "strategy", ["auto", [], 1, {}, {"imputeMode": None}, {"imputeMode": "mean"}, {"ImputeMode": "mean"}]
)
def test_strategy_without_a_mode(strategy: object) -> None:
    raw = body(imputeStrategy=strategy)
    assert error_of(raw, version=ApiVersion.V1_1_PREVIEW) == MESSAGES["imputeMode"]


def test_values_alone_need_no_granularity() -> None:
    alone = [{"value": point["value"]} for point in points()]
    for version in ApiVersion:
        for operation in Operation:
            for absent in (..., None):
                request = ask(body(series=alone, granularity=absent), operation, version)
                assert request.options.granularity is Granularity.NONE
            # Other errors stay what they are.
            assert (
                error_of(body(series=alone, granularity="x"), operation, version) == MESSAGES["granularity"]
            )
            raw = body(series=alone[:11], granularity=...)
            assert error_of(raw, operation, version)[1] == "The 'series' field must have at least 12 points."
    no_granularity = ("RequiredGranularity", "The 'granularity' field is required in request.")
    junk: list[object] = [None, "x", [*alone, None], [*alone, {"timestamp": 1, "value": 1.0}]]
    for series in junk:
        assert error_of(body(series=series, granularity=...), version=ApiVersion.V1_0) == no_granularity


def test_required_fields() -> None:
    no_series = ("RequiredSeries", "The 'series' field is required in request.")
    no_granularity = ("RequiredGranularity", "The 'granularity' field is required in request.")
    for version in ApiVersion:
        for operation in Operation:
            assert error_of(body(series=...), operation, version) == no_series
            assert error_of(b"{}", operation, version) == no_series
        for absent in (..., None):
            assert error_of(body(granularity=absent), Operation.CHANGE_POINT, version) == no_granularity
    for absent in (..., None):
        for operation in Operation:
            assert error_of(body(granularity=absent), operation, ApiVersion.V1_0) == no_granularity


EMPTY = ("BadArgument", "The 'series' field cannot be empty.")
NOT_A_LIST = ("BadArgument", "The 'series' field must be array/list type.")
TOO_FEW = ("InvalidSeries", "The 'series' field must have at least 12 points.")
TOO_MANY = ("InvalidSeries", "The 'series' field cannot have more than 8640 points.")
TOO_LARGE = ("InvalidSeries", "The magnitude of data in 'value' in 'series' filed is too large.")
NAN = ("BadArgument", "The 'series' field cannot have none values.")
NOT_SORTED = ("InvalidSeries", "The 'series' field must be sorted by timestamp in ascending order.")
DUPLICATED = ("InvalidSeries", "The 'series' field cannot have duplicated timestamp.")


def unclear(trouble: str) -> tuple[str, str]:
    advice = "send ISO 8601, or month/day/year with a year of four digits."
    return "BadArgument", f"{MALFORMED} A 'timestamp' {trouble}; {advice}"


NOT_LISTS: list[object] = [{}, "series", 1, 1.5, True, {"0": points()[0]}]
NOT_POINTS: list[object] = [None, 1, "x", [], {}, True]
NOT_VALUES: list[object] = [..., None, "", "x", "1,5", "0x10", "1 2", True, False, [], [1.0], {}]
NOT_TIMES: list[object] = [
    *(..., None, "", "x", 1_577_836_800, 1.5, True, [], {}),
    *("2021-02-29", "2020-01-06T24:00:00Z", "2263-01-01", "\ud800"),
]
LARGE_VALUES: list[object] = [
    *(1.1e100, -1.1e100, 1e308, float("inf"), float("-inf")),
    *(10**101, -(10**400), 10**4000, "1e101", "inf", "-Infinity"),
]


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        (None, EMPTY),
        *((series, NOT_A_LIST) for series in NOT_LISTS),
        ([], TOO_FEW),
        (points(11), TOO_FEW),
        ([None] * 11, TOO_FEW),
        (points(8641), TOO_MANY),
        ([None] * 8641, TOO_MANY),
        *(([*points(23), item], ("BadArgument", MALFORMED)) for item in NOT_POINTS),
        ([[1.0]] * 24, ("BadArgument", MALFORMED)),
        *((with_point(5, value=value), ("BadArgument", MALFORMED)) for value in NOT_VALUES),
        *((with_point(5, timestamp=stamp), ("BadArgument", MALFORMED)) for stamp in NOT_TIMES),
        (
            with_point(5, timestamp="01/06/2020"),
            unclear("is in the form ISO 8601, another in the form month/day/year"),
        ),
        (with_point(0, timestamp="13/1/2020"), unclear("is in the form day/month/year")),
        *((with_point(5, value=value), TOO_LARGE) for value in LARGE_VALUES),
        (with_point(5, value=float("nan")), NAN),
        (with_point(5, value="nan"), NAN),
        (days(*range(1, 20), 0), NOT_SORTED),
        (days(*range(20), 19), DUPLICATED),
        (days(0, 1, 1, *range(20)), DUPLICATED),
        (days(0, 2, 1, 1, *range(20)), NOT_SORTED),
    ],
)
def test_series(series: object, expected: tuple[str, str]) -> None:
    for operation in Operation:
        assert error_of(body(series=series), operation) == expected


@pytest.mark.parametrize(
    ("granularity", "interval", "stamp", "index"),
    [
        ("daily", ..., "2020-01-12T00:00:01Z", 11),
        ("daily", 2, "2020-01-12T00:00:00Z", 1),
        ("weekly", 1, "2020-01-12T00:00:00Z", 1),
        ("daily", None, "2020-01-12T00:00:00.001Z", 11),
    ],
)
def test_off_grid(granularity: str, interval: object, stamp: str, index: int) -> None:
    raw = body(granularity=granularity, customInterval=interval, series=with_point(11, timestamp=stamp))
    shown = interval if isinstance(interval, int) else 1
    for operation in Operation:
        assert error_of(raw, operation) == (
            "InvalidSeries",
            (
                f"The 'timestamp' at index {index} is invalid in {granularity} granularity"
                f" with {shown} gran as interval."
            ),
        )


def dated(*dates: str) -> list[dict[str, object]]:
    return [{"timestamp": date, "value": float(index)} for index, date in enumerate(dates)]


def test_days_that_only_look_like_months() -> None:
    days_of_january = dated(*(f"{day}/1/2020" for day in range(1, 13)))
    assert error_of(body(series=days_of_january)) == unclear(
        "has fewer gaps around it with the day before the month"
    )
    for raw in (
        body(series=days_of_january, granularity="monthly"),
        body(series=dated(*(f"1/{day}/2020" for day in range(1, 13)))),
        body(series=dated(*(f"1/{day}/2020" for day in range(1, 15) if day != 5))),
        body(series=dated(*(f"1/2/2020 {hour}:00" for hour in range(24) if hour != 5)), granularity="hourly"),
        body(series=days(*range(0, 360, 30))),
    ):
        assert ask(raw).series.values.size >= 12


TOO_LONG = ("InvalidModelArgument", "The 'series' field must have more than 2 periods points")


@pytest.mark.parametrize(
    ("fields", "longest"),
    [
        ({}, 11),
        ({"granularity": "none"}, 11),
        ({"series": days(*range(23), 26)}, 13),
        ({"series": days(*range(23), 26), "imputeMode": "notFill"}, 11),
        ({"series": days(*range(23), 26), "imputeMode": "no"}, 11),
        ({"series": days(*range(23), 26), "fillUpMode": "zero"}, 11),
        ({"series": days(*range(23), 26), "imputeMode": "zero"}, 13),
    ],
)
def test_longest_period(fields: dict[str, object], longest: int) -> None:
    assert ask(body(period=longest, **fields)).options.period == longest
    assert error_of(body(period=longest + 1, **fields)) == TOO_LONG
    assert error_of(body(period=2**31 - 1, **fields)) == TOO_LONG


def test_longest_period_of_change_points_counts_points_as_they_come() -> None:
    series = days(*range(23), 80)
    assert ask(body(series=series, period=11), Operation.CHANGE_POINT).options.period == 11
    assert error_of(body(series=series, period=12), Operation.CHANGE_POINT) == TOO_LONG


def test_more_than_half_of_a_seasonal_series_missing() -> None:
    series = days(*range(23), 48)
    assert error_of(body(series=series, period=2)) == (
        "InvalidSeries",
        (
            "Ratio of missing points should be less than 50% for seasonal timeseries."
            " There should be at least 25 points, but got 24 points."
        ),
    )
    for period in (0, 1, ..., None):
        assert ask(body(series=series, period=period)).series.values.size == 24
    assert ask(body(series=days(*range(23), 47), period=2)).series.missing_ratio == 0.5
    assert ask(body(series=series, period=2), Operation.CHANGE_POINT).options.period == 2


def test_fields_of_the_other_operation_are_not_looked_at() -> None:
    detection = {"maxAnomalyRatio": 7, "sensitivity": "x", "imputeMode": 1, "alpha": -1, "boundaryVersion": 0}
    assert ask(body(**detection), Operation.CHANGE_POINT).operation is Operation.CHANGE_POINT
    assert ask(body(stableTrendWindow="x")).operation is Operation.ENTIRE


# Faults in the order in which the service looks for them; any two fit into one body.
ORDERED_SCALARS = [(field, values[0]) for field, values in BAD_FIELDS]
ORDERED_CHANGE_POINT_SCALARS = [(field, values[0]) for field, values in BAD_CHANGE_POINT_FIELDS]


@pytest.mark.parametrize(("first", "second"), list(combinations(ORDERED_SCALARS, 2)))
def test_order_of_scalars(first: tuple[str, object], second: tuple[str, object]) -> None:
    assert error_of(body(**dict([second, first]))) == MESSAGES[first[0]]


@pytest.mark.parametrize(("first", "second"), list(combinations(ORDERED_CHANGE_POINT_SCALARS, 2)))
def test_order_of_scalars_of_change_points(first: tuple[str, object], second: tuple[str, object]) -> None:
    raw = body(**dict([second, first]))
    assert error_of(raw, Operation.CHANGE_POINT) == CHANGE_POINT_MESSAGES[first[0]]


@pytest.mark.parametrize("field", ORDERED_SCALARS)
def test_scalars_come_before_the_series(field: tuple[str, object]) -> None:
    for series in (None, "x", [], points(8641), with_point(3, value=None)):
        assert error_of(body(series=series, **dict([field]))) == MESSAGES[field[0]]


def test_a_missing_series_comes_before_the_scalars() -> None:
    assert error_of(body(series=..., granularity="x", period=-1))[0] == "RequiredSeries"
    assert error_of(b"{}", version=ApiVersion.V1_0)[0] == "RequiredSeries"


OFF_GRID = (
    "InvalidSeries",
    "The 'timestamp' at index 20 is invalid in daily granularity with 1 gran as interval.",
)


# Each fault of a series, strongest first, as a change of one point; no two change the same point.
ORDERED_POINTS: list[tuple[int, dict[str, object], tuple[str, str]]] = [
    (23, {"value": "x"}, ("BadArgument", MALFORMED)),
    (5, {"value": 1e101}, TOO_LARGE),
    (4, {"value": "nan"}, NAN),
    (12, {"timestamp": "2020-01-01T00:00:00Z"}, NOT_SORTED),
    (20, {"timestamp": "2020-01-21T06:00:00Z"}, OFF_GRID),
]


@pytest.mark.parametrize(("first", "second"), list(combinations(ORDERED_POINTS, 2)))
def test_order_within_the_series(
    first: tuple[int, dict[str, object], tuple[str, str]],
    second: tuple[int, dict[str, object], tuple[str, str]],
) -> None:
    series = points()
    for index, part, _ in (first, second):
        series[index] |= part
    assert error_of(body(series=series, period=1000)) == first[2]


def test_order_around_the_points() -> None:
    unreadable = with_point(3, value="x", timestamp=None)
    assert error_of(body(series=unreadable[:11])) == TOO_FEW
    assert error_of(body(series=unreadable + points(8640))) == TOO_MANY
    assert error_of(body(series=with_point(20, timestamp="2020-01-21T06:00:00Z"), period=1000)) == OFF_GRID
    gaps = days(*range(23), 60)
    assert error_of(body(series=gaps, period=31)) == TOO_LONG
    assert error_of(body(series=gaps, period=30))[1].startswith("Ratio of missing points")
    raw = body(period=1000, stableTrendWindow=500)
    assert error_of(raw, Operation.CHANGE_POINT) == TOO_LONG


def test_the_first_bad_pair_of_times_decides() -> None:
    assert error_of(body(series=days(0, 1, 1, 0, *range(2, 24)))) == DUPLICATED
    assert error_of(body(series=days(0, 1, 0, 0, *range(2, 24)))) == NOT_SORTED


def test_times_too_far_apart_for_a_difference_in_nanoseconds() -> None:
    series = with_point(23, timestamp="1678-01-01T00:00:00Z")
    series[22]["timestamp"] = "2262-01-01T00:00:00Z"
    assert error_of(body(series=series)) == NOT_SORTED


def test_names_in_messages_are_spelled_as_in_the_body() -> None:
    off_grid = with_point(1, timestamp="2020-01-02T12:00:00Z")
    for raw, message in [
        (
            pascal_body(series=off_grid),
            "The 'Timestamp' at index 1 is invalid in daily granularity with 1 gran as interval.",
        ),
        (
            pascal_body(series=with_point(1, value="x")),
            "'Timestamp' or 'Value' is malformed in 'Series' Field.",
        ),
        (
            pascal_body(series=with_point(1, value=1e101)),
            "The magnitude of data in 'Value' in 'Series' filed is too large.",
        ),
        (
            pascal_body(series=days(*range(20), 19)),
            "The 'Series' field cannot have duplicated timestamp.",
        ),
        (
            pascal_body(maxAnomalyRatio=2),
            (
                "The 'MaxAnomalyRatio' field must be less than 50% of the series points"
                " (0 < MaxAnomalyRatio < 0.5)."
            ),
        ),
        (
            pascal_body(imputeMode="x"),
            f"The 'ImputeMode' field is required and should be one of the following: {IMPUTE_MODES}.",
        ),
        (
            pascal_body(granularity="x"),
            f"The 'Granularity' field can only be one of the following: {GRANULARITIES}.",
        ),
    ]:
        assert error_of(raw)[1] == message
    assert error_of(pascal_body(granularity=...), version=ApiVersion.V1_0) == (
        "RequiredGranularity",
        "The 'Granularity' field is required in request.",
    )


def test_limits_are_the_callers() -> None:
    limits = Limits(min_points=3, max_points=5)
    for count in (3, 5):
        request = parse(body(series=points(count)), Operation.LAST, ApiVersion.V1_1, limits)
        assert request.series.values.size == count
    for count, bound in ((2, "at least 3"), (6, "more than 5")):
        with pytest.raises(ContractError, match=bound):
            parse(body(series=points(count)), Operation.LAST, ApiVersion.V1_1, limits)


def test_messages_tell_nothing_of_the_series_but_an_index() -> None:
    secret = 918_273_645.5
    for series in (
        [{"timestamp": point["timestamp"], "value": secret} for point in days(0, 1, 1, *range(2, 24))],
        with_point(3, value=f"{secret}x"),
        with_point(3, timestamp=f"2020-01-01 {secret}", value=secret),
        points(24, timedelta(hours=5)),
    ):
        for text in error_of(body(series=series)):
            assert str(secret) not in text
            assert "2020" not in text
