"""Requests as JSON documents, and what every answer to them must be."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from hypothesis import strategies as st

from anomaly_container.detection.univariate import Granularity, ImputeMode, Series
from anomaly_container.services.univariate import engine
from anomaly_container.services.univariate.contract.limits import Limits
from anomaly_container.services.univariate.contract.versions import FACTS, ApiVersion, Operation
from tests.property.strategies import (
    MIN_POINTS,
    ChangePointQuestion,
    Question,
    change_point_questions,
    questions,
    seeds,
    shaped_values,
)
from tests.support import signals

if TYPE_CHECKING:
    from collections.abc import Sequence

Document = dict[str, Any]

# Three hundred years from here are still within 64-bit nanoseconds.
START = "1880-01-01T00:00:00Z"

PER_POINT = {
    Operation.ENTIRE: (
        *("expectedValues", "isAnomaly", "isNegativeAnomaly", "isPositiveAnomaly"),
        *("lowerMargins", "severity", "upperMargins"),
    ),
    Operation.LAST: (),
    Operation.CHANGE_POINT: ("confidenceScores", "isChangePoint"),
}
SINGLE = {
    Operation.ENTIRE: ("period",),
    Operation.LAST: (
        *("expectedValue", "isAnomaly", "isNegativeAnomaly", "isPositiveAnomaly", "lowerMargin"),
        *("period", "severity", "suggestedWindow", "upperMargin"),
    ),
    Operation.CHANGE_POINT: ("period",),
}


def points(values: Sequence[float], stamps: Sequence[str]) -> list[Document]:
    """Return the points of a series as a body has them."""
    return [{"timestamp": stamp, "value": value} for stamp, value in zip(stamps, values, strict=True)]


def detection_document(question: Question, start: str = START) -> Document:
    """Return the request for `entire` or `last` that asks a question, every choice spelled out."""
    series, options = question
    stamps = signals.timestamps(
        series.slots.tolist(), options.granularity, interval=options.interval, start=start
    )
    document: Document = {
        "series": points(series.values.tolist(), stamps),
        "granularity": options.granularity,
        "customInterval": options.interval,
        "maxAnomalyRatio": options.max_anomaly_ratio,
        "sensitivity": options.sensitivity,
        "imputeMode": options.impute_mode,
        "boundaryVersion": options.margin_rule,
    }
    if options.period is not None:
        document["period"] = options.period
    if options.impute_mode is ImputeMode.FIXED:
        document["imputeFixedValue"] = options.impute_value
    return document


def change_point_document(question: ChangePointQuestion, start: str = START) -> Document:
    """Return the request for change points that asks a question."""
    series, options = question
    stamps = signals.timestamps(
        series.slots.tolist(), options.granularity, interval=options.interval, start=start
    )
    document: Document = {
        "series": points(series.values.tolist(), stamps),
        "granularity": options.granularity,
        "customInterval": options.interval,
    }
    chosen = {
        "period": options.period,
        "stableTrendWindow": options.stable_trend_window,
        "threshold": options.threshold,
    }
    return document | {name: value for name, value in chosen.items() if value is not None}


def respond(document: object, operation: Operation, version: ApiVersion = ApiVersion.V1_1) -> bytes:
    """Return the body that answers a document."""
    return engine.answer(json.dumps(document).encode(), operation, version, Limits()).body


def assert_answers(body: bytes, size: int, operation: Operation, version: ApiVersion) -> Document:
    """Check that a body has the names of its operation, finite numbers, and `size` entries in each array."""
    answer: Document = orjson.loads(body)
    unsaid = set() if FACTS[version].severity else {"severity"}
    names = {*PER_POINT[operation], *SINGLE[operation]} - unsaid
    assert list(answer) == sorted(names)
    for name, value in answer.items():
        entries = value if isinstance(value, list) else [value]
        assert len(entries) == (size if name in PER_POINT[operation] else 1), name
        expected = bool if name.startswith("is") else int if name in {"period", "suggestedWindow"} else float
        assert {type(entry) for entry in entries} == {expected}, name
        assert all(map(math.isfinite, entries)), name
    return answer


@st.composite
def short_series(draw: st.DrawFn) -> Series:
    """Return a series that reaches no further than 60 slots, so that its times exist at any granularity."""
    values = draw(shaped_values(st.integers(20, 60)))
    if draw(st.booleans()):
        kept, slots = signals.gaps(values, draw(seeds), share=draw(st.sampled_from([0.1, 0.4])))
        if kept.size >= MIN_POINTS:
            return Series(kept, np.array(slots))
    return Series.without_gaps(values)


operations = st.sampled_from(Operation)
versions = st.sampled_from(ApiVersion)
short_intervals = st.integers(1, 5)


@st.composite
def documents(draw: st.DrawFn, operation: Operation | None = None) -> tuple[Document, Operation]:
    """Return a request that is answered, and the operation to send it to."""
    chosen = draw(operations) if operation is None else operation
    if chosen is Operation.CHANGE_POINT:
        return change_point_document(draw(change_point_questions(short_series(), short_intervals))), chosen
    return detection_document(draw(questions(short_series(), interval=short_intervals))), chosen


def timed(document: Document) -> bool:
    """Tell whether the times of a document matter."""
    return bool(document["granularity"] != Granularity.NONE)
