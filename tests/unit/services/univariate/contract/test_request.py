from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_container.detection.univariate import (
    ChangePointOptions,
    Granularity,
    ImputeMode,
    MarginRule,
    Options,
    StlRule,
)
from anomaly_container.services.univariate.contract.errors import ContractError
from anomaly_container.services.univariate.contract.limits import Limits
from anomaly_container.services.univariate.contract.request import Request, parse
from anomaly_container.services.univariate.contract.versions import ApiVersion, Operation
from tests.support.bodies import body, pascal_body, points

# An unread field whose literal is no JSON: the typed decode refuses the body, and the tolerant one reads it.
NOT_STRICTLY_JSON: dict[str, object] = {"unread": float("nan")}


def ask(
    raw: bytes, operation: Operation = Operation.ENTIRE, version: ApiVersion = ApiVersion.V1_1
) -> Request:
    return parse(raw, operation, version, Limits())


def options_of(version: ApiVersion = ApiVersion.V1_1, **fields: object) -> Options:
    options = ask(body(**fields), version=version).options
    assert isinstance(options, Options)
    return options


@pytest.mark.parametrize(
    ("version", "rule"),
    [
        (ApiVersion.V1_0, MarginRule.V1),
        (ApiVersion.V1_1_PREVIEW, MarginRule.V1),
        (ApiVersion.V1_1_PREVIEW_1, MarginRule.V1),
        (ApiVersion.V1_1, MarginRule.V3),
    ],
)
def test_defaults_of_detection(version: ApiVersion, rule: MarginRule) -> None:
    expected = Options(
        granularity=Granularity.DAILY,
        interval=1,
        period=None,
        max_anomaly_ratio=0.25,
        sensitivity=99,
        impute_mode=ImputeMode.AUTO,
        impute_value=0.0,
        margin_rule=rule,
        stl_rule=StlRule.SERVICE,
    )
    nulls = dict.fromkeys(
        [
            *("customInterval", "period", "alpha", "maxAnomalyRatio", "sensitivity", "threshold"),
            *("imputeMode", "imputeFixedValue", "imputeStrategy", "fillUpMode", "fixedValue"),
            "boundaryVersion",
        ]
    )
    assert options_of(version) == options_of(version, **nulls) == expected


@pytest.mark.parametrize("version", ApiVersion)
def test_defaults_of_change_points(version: ApiVersion) -> None:
    expected = ChangePointOptions(
        granularity=Granularity.DAILY, interval=1, period=None, stable_trend_window=None, threshold=None
    )
    nulls = dict.fromkeys(["customInterval", "period", "stableTrendWindow", "threshold"])
    assert ask(body(), Operation.CHANGE_POINT, version).options == expected
    assert ask(body(**nulls), Operation.CHANGE_POINT, version).options == expected


def test_everything_given() -> None:
    assert options_of(
        customInterval=1,
        period=7,
        alpha=0.05,
        maxAnomalyRatio=0.49,
        sensitivity=0,
        threshold=3.5,
        imputeMode="fixed",
        imputeFixedValue=-3,
        boundaryVersion="V1",
    ) == Options(Granularity.DAILY, 1, 7, 0.49, 0, ImputeMode.FIXED, -3.0, MarginRule.V1)
    raw = body(customInterval=1, period=7, stableTrendWindow=11, threshold=0.01)
    assert ask(raw, Operation.CHANGE_POINT).options == ChangePointOptions(Granularity.DAILY, 1, 7, 11, 0.01)


@pytest.mark.parametrize(
    ("field", "value", "option", "read"),
    [
        ("period", 0, "period", 0),
        ("period", 1, "period", 1),
        ("period", 11, "period", 11),
        ("maxAnomalyRatio", 1e-9, "max_anomaly_ratio", 1e-9),
        ("sensitivity", 100, "sensitivity", 100),
        ("boundaryVersion", "V1", "margin_rule", MarginRule.V1),
        ("boundaryVersion", "V2", "margin_rule", MarginRule.V3),
        ("boundaryVersion", "V3", "margin_rule", MarginRule.V3),
        ("imputeMode", "auto", "impute_mode", ImputeMode.AUTO),
        ("imputeMode", "previous", "impute_mode", ImputeMode.PREVIOUS),
        ("imputeMode", "last", "impute_mode", ImputeMode.PREVIOUS),
        ("imputeMode", "linear", "impute_mode", ImputeMode.LINEAR),
        ("imputeMode", "zero", "impute_mode", ImputeMode.ZERO),
        ("imputeMode", "notFill", "impute_mode", ImputeMode.NOT_FILL),
        ("imputeMode", "no", "impute_mode", ImputeMode.NOT_FILL),
        ("fillUpMode", "auto", "impute_mode", ImputeMode.AUTO),
        ("fillUpMode", "previous", "impute_mode", ImputeMode.PREVIOUS),
        ("fillUpMode", "last", "impute_mode", ImputeMode.PREVIOUS),
        ("fillUpMode", "linear", "impute_mode", ImputeMode.LINEAR),
        ("fillUpMode", "zero", "impute_mode", ImputeMode.NOT_FILL),
        ("fillUpMode", "notFill", "impute_mode", ImputeMode.NOT_FILL),
        ("fillUpMode", "no", "impute_mode", ImputeMode.NOT_FILL),
    ],
)
@pytest.mark.parametrize("version", ApiVersion)
def test_accepted_values(version: ApiVersion, field: str, value: object, option: str, read: object) -> None:
    options = options_of(version, **{field: value})
    assert getattr(options, option) == read
    assert type(getattr(options, option)) is type(read)


def test_margin_rule_of_the_request_wins_over_the_versions() -> None:
    assert options_of(ApiVersion.V1_0, boundaryVersion="V3").margin_rule is MarginRule.V3
    assert options_of(ApiVersion.V1_1, boundaryVersion="V1").margin_rule is MarginRule.V1


def test_spellings_of_imputation_and_which_wins() -> None:
    strategy = {"imputeMode": "fixed", "imputeValue": 4}
    flat: dict[str, object] = {"imputeMode": "linear", "fillUpMode": "previous"}
    preview = options_of(ApiVersion.V1_1_PREVIEW, imputeStrategy=strategy, **flat)
    assert (preview.impute_mode, preview.impute_value) == (ImputeMode.FIXED, 4.0)
    for version in (ApiVersion.V1_0, ApiVersion.V1_1_PREVIEW_1, ApiVersion.V1_1):
        assert options_of(version, imputeStrategy=strategy, **flat).impute_mode is ImputeMode.LINEAR
        assert options_of(version, imputeStrategy=strategy).impute_mode is ImputeMode.AUTO
        assert options_of(version, imputeStrategy="x").impute_mode is ImputeMode.AUTO
    older = options_of(fillUpMode="fixed", fixedValue=2.5)
    assert (older.impute_mode, older.impute_value) == (ImputeMode.FIXED, 2.5)
    # What belongs to a mode that is not chosen is not looked at.
    assert options_of(imputeMode="linear", fillUpMode="x", imputeFixedValue="x").impute_value == 0.0


def test_strategy_in_pascal_case() -> None:
    raw = pascal_body(imputeStrategy={"imputeMode": "fixed", "imputeValue": 4})
    options = ask(raw, version=ApiVersion.V1_1_PREVIEW).options
    assert isinstance(options, Options)
    assert (options.impute_mode, options.impute_value) == (ImputeMode.FIXED, 4.0)


def test_unknown_fields_are_ignored() -> None:
    strange = {
        "detector": {"name": "x"},
        "needDetectorId": "x",
        "needFillUpConfirm": 1,
        "needSpectrumPeriod": [],
        "Granularity": "x",
        "sensitivities": -1,
        "unknown": {"series": None},
    }
    assert ask(body(**strange)).options == ask(body()).options
    series = [point | {"timeStamp": 1, "Value": None, "x": [1, {}]} for point in points()]
    assert (ask(body(series=series)).series.values == ask(body()).series.values).all()


def test_the_last_of_equal_names_counts() -> None:
    raw = body()
    assert ask(raw[:-1] + b', "granularity": "none"}').options.granularity is Granularity.NONE
    assert ask(b'{"series": null, "granularity": 7, ' + raw[1:]).options == ask(raw).options


def test_values_and_slots() -> None:
    series = [point for index, point in enumerate(points(30)) if index not in {3, 4, 17}]
    request = ask(body(series=series))
    assert request.series.values.tolist() == [point["value"] for point in series]
    assert request.series.slots.tolist() == [index for index in range(30) if index not in {3, 4, 17}]
    assert request.series.values.dtype == np.float64
    assert request.series.slots.dtype == np.int64
    assert (request.operation, request.version) == (Operation.ENTIRE, ApiVersion.V1_1)
    assert not request.pascal_case


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (32858923, 32858923.0),
        ("32858923", 32858923.0),
        ("1e3", 1000.0),
        (" 5\n", 5.0),
        ("-.5", -0.5),
        ("1_000", 1000.0),
        ("+7", 7.0),
        (0, 0.0),
        (1e100, 1e100),
        (-(10**100), -1e100),
        (10**30, 1e30),
        (2**63, 2.0**63),
        (5e-324, 5e-324),
        (0.1 + 0.2, 0.30000000000000004),
    ],
)
def test_one_value(value: object, read: float) -> None:
    series = points()
    series[4]["value"] = value
    for padding in ({}, NOT_STRICTLY_JSON):
        values = ask(body(series=series, **padding)).series.values
        assert values[4] == read
        assert values[5] == series[5]["value"]


def test_without_granularity_times_are_not_needed() -> None:
    bare = [{"value": point["value"]} for point in points()]
    null = [{"value": point["value"], "timestamp": None} for point in points()]
    some = [point if index % 2 else bare[index] for index, point in enumerate(points()[::-1])]
    for series in (bare, null, some, points()[::-1]):
        for granularity in ("none", None, ...):
            request = ask(body(series=series, granularity=granularity))
            assert request.options.granularity is Granularity.NONE
            assert request.series.slots.tolist() == list(range(24))
            assert request.series.values.tolist() == [point["value"] for point in series]
        assert ask(body(series=series, granularity="none"), Operation.CHANGE_POINT).series.grid_length == 24


def test_without_granularity_times_that_are_there_are_still_read() -> None:
    stamps: list[object] = ["x", 1, "2021-02-29"]
    for stamp in stamps:
        series = [{"value": point["value"]} for point in points()]
        series[7]["timestamp"] = stamp
        with pytest.raises(ContractError, match="malformed"):
            ask(body(series=series, granularity="none"))


def test_default_window_of_change_points_is_not_held_against_the_series() -> None:
    raw = body(series=points(12), granularity="none")
    assert ask(raw, Operation.CHANGE_POINT).options == ChangePointOptions(Granularity.NONE)
    widest = body(series=points(13), stableTrendWindow=6)
    assert ask(widest, Operation.CHANGE_POINT).options == ChangePointOptions(
        Granularity.DAILY, stable_trend_window=6
    )


@pytest.mark.parametrize("version", ApiVersion)
@pytest.mark.parametrize("operation", Operation)
def test_pascal_case_asks_the_same(version: ApiVersion, operation: Operation) -> None:
    fields: dict[str, object] = {
        "customInterval": 1,
        "period": 5,
        "maxAnomalyRatio": 0.1,
        "sensitivity": 80,
        "imputeMode": "linear",
        "boundaryVersion": "V2",
        "threshold": 0.5,
        "stableTrendWindow": 4,
    }
    camel, pascal = ask(body(**fields), operation, version), ask(pascal_body(**fields), operation, version)
    assert (camel.pascal_case, pascal.pascal_case) == (False, True)
    assert camel.options == pascal.options
    assert (camel.series.values == pascal.series.values).all()
    assert (camel.series.slots == pascal.series.slots).all()


def spelled(document: dict[str, Any], *, pascal: str) -> dict[str, Any]:
    """Return a document with the names that are in `pascal`, a text, in PascalCase, and all others not."""
    return {
        name[:1].upper() + name[1:] if name in pascal else name: [
            spelled(item, pascal=pascal) for item in part
        ]
        if name == "series"
        else spelled(part, pascal=pascal)
        if isinstance(part, dict)
        else part
        for name, part in document.items()
    }


@pytest.mark.parametrize(
    "pascal",
    [
        "series",
        "series granularity sensitivity imputeStrategy",
        "series imputeMode imputeValue",
        "series timestamp",
        "series value",
        "timestamp value",
        "timestamp",
        "value",
        "granularity",
        "granularity sensitivity timestamp value",
        "imputeStrategy",
        "imputeMode imputeValue",
        "imputeStrategy imputeMode",
        "sensitivity imputeValue timestamp",
    ],
)
@pytest.mark.parametrize("padding", [{}, NOT_STRICTLY_JSON, {"unread": 1}])
def test_names_in_both_spellings(pascal: str, padding: dict[str, object]) -> None:
    fields: dict[str, object] = {
        "sensitivity": 80,
        "imputeStrategy": {"imputeMode": "fixed", "imputeValue": 4},
        "maxAnomalyRatio": 0.1,
    }
    wanted = ask(body(**fields), version=ApiVersion.V1_1_PREVIEW)
    raw = json.dumps(spelled(json.loads(body(**fields)), pascal=pascal) | padding).encode()
    request = ask(raw, version=ApiVersion.V1_1_PREVIEW)
    assert request.options == wanted.options
    assert request.series.values.tolist() == wanted.series.values.tolist()
    assert request.series.slots.tolist() == wanted.series.slots.tolist()
    # The answer is spelled as the series is.
    assert request.pascal_case == ("series" in pascal.split())


@pytest.mark.parametrize("padding", [{}, NOT_STRICTLY_JSON])
def test_of_two_spellings_that_of_the_series_counts(padding: dict[str, object]) -> None:
    both: dict[str, Any] = {
        "granularity": "daily",
        "Granularity": "none",
        "sensitivity": None,
        "Sensitivity": 7,
    }
    point = {"timestamp": "2020-01-01", "Timestamp": "x", "value": 1, "Value": 2}
    series = [point | {"timestamp": day["timestamp"], "value": day["value"]} for day in points()]
    series[3] |= {"value": None, "Value": 9.5}
    series[4] |= {"timestamp": None, "Timestamp": "2020-01-05"}
    request = ask(json.dumps({"series": series} | both | padding).encode())
    assert isinstance(request.options, Options)
    assert (request.options.granularity, request.options.sensitivity) == (Granularity.DAILY, 7)
    values = [day["value"] for day in points()]
    assert request.series.values.tolist() == [*values[:3], 9.5, *values[4:]]
    assert request.series.slots.tolist() == list(range(24))
    pascal = [{"Timestamp": part["timestamp"], "value": "x", "Value": part["value"]} for part in points()]
    request = ask(json.dumps({"Series": pascal} | both | padding).encode())
    assert isinstance(request.options, Options)
    assert (request.options.granularity, request.options.sensitivity) == (Granularity.NONE, 7)
    assert request.series.values.tolist() == values


@pytest.mark.parametrize("padding", [{}, NOT_STRICTLY_JSON])
@pytest.mark.parametrize(
    "wrong", [{"Value": True}, {"Value": []}, {"Value": "x"}, {"Timestamp": 1}, {"Value": None}]
)
def test_a_wrong_part_in_the_other_spelling_is_refused(wrong: object, padding: dict[str, object]) -> None:
    series: list[Any] = [{"Timestamp": day["timestamp"], "Value": day["value"]} for day in points()]
    series[7] |= wrong
    with pytest.raises(ContractError, match="malformed"):
        ask(json.dumps({"series": series, "granularity": "daily"} | padding).encode())


def test_camel_case_wins_where_both_are_there() -> None:
    for extra in ({}, NOT_STRICTLY_JSON):
        document = json.loads(body()) | {"Series": None, "Granularity": "x"} | extra
        assert not ask(json.dumps(document).encode()).pascal_case


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
VALUES = st.one_of(st.integers(), st.floats(), st.floats().map(str), st.integers(-(10**120), 10**120), JUNK)
FIELD_VALUES = st.one_of(
    JUNK,
    st.integers(-2, 120),
    st.floats(0, 1),
    st.sampled_from([*Granularity, *ImputeMode, "last", "no", "V1", "V2", "V3"]),
    st.fixed_dictionaries({"imputeMode": st.sampled_from(ImputeMode)}, optional={"imputeValue": VALUES}),
)
FIELDS = st.dictionaries(
    st.sampled_from(
        [
            *("granularity", "customInterval", "period", "alpha", "maxAnomalyRatio", "sensitivity"),
            *("threshold", "stableTrendWindow", "imputeMode", "imputeFixedValue", "imputeStrategy"),
            *("fillUpMode", "fixedValue", "boundaryVersion", "series", "x"),
            *("Granularity", "Period", "Sensitivity", "ImputeStrategy", "FillUpMode"),
        ]
    ),
    FIELD_VALUES,
    max_size=5,
)


def half_pascal_body(**fields: object) -> bytes:
    """Return what `body` returns, with the names outside the points in PascalCase."""
    document = json.loads(body(**fields))
    return json.dumps({name[:1].upper() + name[1:]: part for name, part in document.items()}).encode()


def outcome(raw: bytes, operation: Operation, version: ApiVersion) -> object:
    """Return all that a body says, or the text of its error."""
    try:
        request = ask(raw, operation, version)
    except ContractError as error:
        return f"{error.code}: {error.message}"
    return (
        request.options,
        request.pascal_case,
        request.series.values.tolist(),
        request.series.slots.tolist(),
    )


@settings(deadline=None)
@given(
    fields=FIELDS,
    changes=st.lists(st.tuples(st.integers(0, 23), VALUES | st.text(max_size=22)), max_size=2),
    others=st.dictionaries(st.sampled_from(["Timestamp", "Value", "timestamp", "value"]), VALUES, max_size=2),
    sent_to=st.tuples(st.sampled_from(Operation), st.sampled_from(ApiVersion)),
    build=st.sampled_from([body, pascal_body, half_pascal_body]),
)
def test_both_ways_of_decoding_agree(
    fields: dict[str, object],
    changes: list[tuple[int, object]],
    others: dict[str, object],
    sent_to: tuple[Operation, ApiVersion],
    build: Any,  # noqa: ANN401 # two functions whose keywords are field names
) -> None:
    series = points()
    for index, part in changes:
        series[index]["value" if index % 2 else "timestamp"] = part
    series[11] |= others
    document = {"series": series} | fields
    assert outcome(build(**document), *sent_to) == outcome(build(**document, **NOT_STRICTLY_JSON), *sent_to)


@pytest.mark.parametrize("operation", Operation)
def test_both_ways_of_decoding_read_every_field(operation: Operation) -> None:
    fields: dict[str, object] = {
        "granularity": "none",
        "customInterval": 2**31 - 1,
        "period": 10,
        "alpha": 0.05,
        "maxAnomalyRatio": 0.125,
        "sensitivity": 85,
        "imputeMode": "fixed",
        "imputeFixedValue": 123456789012345678,
        "boundaryVersion": "V1",
        "threshold": 0.5,
        "stableTrendWindow": 11,
    }
    for build in (body, pascal_body):
        read = outcome(build(**fields), operation, ApiVersion.V1_1)
        assert not isinstance(read, str)
        assert read == outcome(build(**fields, **NOT_STRICTLY_JSON), operation, ApiVersion.V1_1)
