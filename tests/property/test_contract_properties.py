"""However a request is written, it has the same answer; what it says reaches the engine, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from hypothesis import given
from hypothesis import strategies as st

from anomaly_container.detection import univariate as detection
from anomaly_container.detection.univariate import Granularity, StlRule
from anomaly_container.services.univariate import engine
from anomaly_container.services.univariate.contract.limits import Limits
from anomaly_container.services.univariate.contract.names import FIELD_NAMES
from anomaly_container.services.univariate.contract.request import parse
from anomaly_container.services.univariate.contract.versions import FACTS, ApiVersion, Operation
from tests.property.documents import (
    Document,
    assert_answers,
    change_point_document,
    detection_document,
    documents,
    respond,
    short_intervals,
    short_series,
    timed,
    versions,
)
from tests.property.strategies import (
    ChangePointQuestion,
    Question,
    change_point_questions,
    examples,
    questions,
    seeds,
)
from tests.support import signals
from tests.support.bodies import pascal

if TYPE_CHECKING:
    from collections.abc import Callable

Asked = tuple[Document, Operation]
asked_documents = documents()


@examples(40)
@given(asked=asked_documents, version=versions)
def test_every_answer_is_finite_and_complete(asked: Asked, version: ApiVersion) -> None:
    document, operation = asked
    body = respond(document, operation, version)
    assert_answers(body, len(document["series"]), operation, version)
    assert b"NaN" not in body
    assert b"null" not in body


@examples(25)
@given(question=questions(short_series(), interval=short_intervals))
def test_the_engine_is_asked_what_the_document_says_and_its_doubles_come_back(question: Question) -> None:
    question = question._replace(options=replace(question.options, stl_rule=StlRule.SERVICE))
    body = json.dumps(detection_document(question)).encode()
    request = parse(body, Operation.ENTIRE, ApiVersion.V1_1, Limits())
    assert request.options == question.options
    np.testing.assert_array_equal(request.series.values, question.series.values)
    np.testing.assert_array_equal(request.series.slots, question.series.slots)
    answer = orjson.loads(engine.answer(body, Operation.ENTIRE, ApiVersion.V1_1, Limits()).body)
    found = detection.entire(*question)
    np.testing.assert_array_equal(answer["expectedValues"], found.expected_values)
    np.testing.assert_array_equal(answer["upperMargins"], found.upper_margins)
    np.testing.assert_array_equal(answer["lowerMargins"], found.lower_margins)
    np.testing.assert_array_equal(answer["severity"], found.severity)
    np.testing.assert_array_equal(answer["isNegativeAnomaly"], found.is_negative_anomaly)
    np.testing.assert_array_equal(answer["isPositiveAnomaly"], found.is_positive_anomaly)


@examples(25)
@given(question=change_point_questions(short_series(), short_intervals))
def test_change_points_are_asked_what_the_document_says(question: ChangePointQuestion) -> None:
    question = question._replace(options=replace(question.options, stl_rule=StlRule.SERVICE))
    answer = orjson.loads(respond(change_point_document(question), Operation.CHANGE_POINT))
    found = detection.change_points(*question)
    np.testing.assert_array_equal(answer["confidenceScores"], found.confidence_scores)
    np.testing.assert_array_equal(answer["isChangePoint"], found.is_change_point)


@examples(20)
@given(asked=asked_documents, version=versions)
def test_pascal_case_asks_the_same_and_is_answered_in_pascal_case(asked: Asked, version: ApiVersion) -> None:
    document, operation = asked
    camel = orjson.loads(respond(document, operation, version))
    assert orjson.loads(respond(pascal(document), operation, version)) == pascal(camel)


SPELLINGS_OF_A_VALUE: tuple[Callable[[float], object], ...] = (
    repr,
    lambda value: f"{value:.17e}",
    lambda value: f" {value!r}\n",
    lambda value: int(value) if value.is_integer() and abs(value) < 2.0**53 else value,
)


@examples(20)
@given(asked=asked_documents, seed=seeds)
def test_values_as_texts_are_values(asked: Asked, seed: int) -> None:
    document, operation = asked
    random = Random(seed)  # noqa: S311 # any choice will do
    series = [
        point | {"value": random.choice(SPELLINGS_OF_A_VALUE)(point["value"])} for point in document["series"]
    ]
    assert respond(document | {"series": series}, operation) == respond(document, operation)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def in_zone(text: str, hours: float) -> str:
    return moment(text).astimezone(timezone(timedelta(hours=hours))).isoformat()


SPELLINGS_OF_A_TIME: tuple[Callable[[str], str], ...] = (
    lambda text: text,
    lambda text: text.replace("Z", "+00:00"),
    lambda text: text.removesuffix("Z"),
    lambda text: text.replace("T", " ").removesuffix("Z"),
    lambda text: moment(text).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    lambda text: moment(text).strftime("%Y-%m-%dT%H:%M:%S.%f000Z"),
    lambda text: moment(text).strftime("%Y/%m/%d %H:%M:%S.%f"),
    lambda text: moment(text).strftime("%Y%m%dT%H%M%S.%fZ"),
    lambda text: in_zone(text, 8),
    lambda text: in_zone(text, -5.5),
    lambda text: f"  {text} ",
)
ONLY_THE_DATE: tuple[Callable[[str], str], ...] = (lambda text: text[:10], lambda text: text[:10] + "T00:00Z")


@examples(25)
@given(asked=asked_documents, seed=seeds, mixed=st.booleans())
def test_times_in_any_spelling_are_times(asked: Asked, seed: int, mixed: bool) -> None:
    document, operation = asked
    random = Random(seed)  # noqa: S311 # any choice will do
    whole_days = all(point["timestamp"].endswith("T00:00:00Z") for point in document["series"])
    spellings = (*SPELLINGS_OF_A_TIME, *(ONLY_THE_DATE if whole_days else ()))
    one = random.choice(spellings)
    series = [
        point | {"timestamp": (random.choice(spellings) if mixed else one)(point["timestamp"])}
        for point in document["series"]
    ]
    assert respond(document | {"series": series}, operation) == respond(document, operation)


@examples(20)
@given(asked=asked_documents, seed=seeds)
def test_the_order_of_names_does_not_matter(asked: Asked, seed: int) -> None:
    document, operation = asked
    random = Random(seed)  # noqa: S311 # any order will do

    def shuffled(fields: Document) -> Document:
        return dict(random.sample(list(fields.items()), len(fields)))

    other = shuffled(document | {"series": [shuffled(point) for point in document["series"]]})
    assert respond(other, operation) == respond(document, operation)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
unknown_names = st.text(min_size=1, max_size=12).filter(lambda name: name not in FIELD_NAMES)


@examples(20)
@given(
    asked=asked_documents,
    fields=st.dictionaries(unknown_names, anything, min_size=1, max_size=4),
    parts=st.dictionaries(unknown_names, anything, max_size=2),
)
def test_unknown_fields_are_ignored(asked: Asked, fields: Document, parts: Document) -> None:
    document, operation = asked
    series = [parts | point for point in document["series"]]
    assert respond(fields | document | {"series": series}, operation) == respond(document, operation)


DEFAULTS: Document = {
    "customInterval": 1,
    "maxAnomalyRatio": 0.25,
    "sensitivity": 99,
    "imputeMode": "auto",
    "alpha": 0.05,
    "threshold": 3.5,
}
CHANGE_POINT_WINDOWS = {"daily": 5, "hourly": 24, "weekly": 3}
CHANGE_POINT_THRESHOLDS = {"daily": 0.9, "hourly": 0.91, "weekly": 0.9}


@examples(12)
@given(series=short_series(), version=versions, granularity=st.sampled_from(["daily", "hourly", "weekly"]))
def test_a_default_may_be_said_or_not(
    series: detection.Series, version: ApiVersion, granularity: str
) -> None:
    stamps = signals.timestamps(series.slots.tolist(), granularity)
    values = series.values.tolist()
    bare: Document = {
        "series": [{"timestamp": stamp, "value": value} for stamp, value in zip(stamps, values, strict=True)],
        "granularity": granularity,
    }
    for operation in (Operation.ENTIRE, Operation.LAST):
        answer = respond(bare, operation, version)
        said = bare | DEFAULTS | {"boundaryVersion": FACTS[version].margin_rule}
        assert respond(said, operation, version) == answer
        unsaid = dict.fromkeys([*DEFAULTS, "period", "boundaryVersion", "imputeFixedValue"])
        assert respond(bare | unsaid, operation, version) == answer
        period = orjson.loads(answer)["period"]
        assert respond(bare | {"period": period}, operation, version) == answer
    window = CHANGE_POINT_WINDOWS[granularity]
    if 2 * window < len(values):
        said = bare | {"stableTrendWindow": window, "threshold": CHANGE_POINT_THRESHOLDS[granularity]}
        assert respond(said, Operation.CHANGE_POINT, version) == respond(
            bare, Operation.CHANGE_POINT, version
        )


@examples(20)
@given(asked=asked_documents)
def test_versions_differ_in_severity_alone_once_the_margin_rule_is_said(asked: Asked) -> None:
    document, operation = asked
    newest = orjson.loads(respond(document, operation))
    for version in ApiVersion:
        answer = orjson.loads(respond(document, operation, version))
        if not FACTS[version].severity:
            answer |= {name: value for name, value in newest.items() if name == "severity"}
        assert answer == newest


@examples(25)
@given(asked=asked_documents, steps=st.integers(-900, 900), seconds=st.integers(-(10**6), 10**6))
def test_another_start_changes_nothing(asked: Asked, steps: int, seconds: int) -> None:
    """Whole grid steps on a calendar, any whole second elsewhere, before or after 1970."""
    document, operation = asked
    granularity = document["granularity"]

    def moved(text: str) -> str:
        begin = moment(text)
        if granularity in {Granularity.MONTHLY, Granularity.YEARLY}:
            return signals.add_months(begin, steps).isoformat()
        return (begin + timedelta(seconds=seconds, days=60 * steps)).isoformat()

    series: list[dict[str, Any]] = [
        point | {"timestamp": moved(point["timestamp"])} for point in document["series"]
    ]
    assert respond(document | {"series": series}, operation) == respond(document, operation)


@examples(20)
@given(asked=asked_documents.filter(lambda asked: not timed(asked[0])))
def test_without_granularity_times_may_be_absent(asked: Asked) -> None:
    document, operation = asked
    series = [{"value": point["value"]} for point in document["series"]]
    assert respond(document | {"series": series}, operation) == respond(document, operation)
