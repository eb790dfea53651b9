"""What holds for any bytes, one function a promise: each takes bytes and fails where its promise is broken.

The first byte chooses operation and version, the others are the body. Nothing here needs the fuzzer.
"""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING
from unittest.mock import patch

import msgspec
import numpy as np
import orjson

from anomaly_container import engine
from anomaly_container.contract import body as body_module
from anomaly_container.contract.errors import FAULTS, ContractError
from anomaly_container.contract.limits import (
    MAX_ANOMALY_RATIO,
    MAX_CHANGE_POINT_THRESHOLD,
    MAX_INT32,
    MAX_MAGNITUDE,
    MAX_SENSITIVITY,
    MIN_CHANGE_POINT_THRESHOLD,
    MIN_STABLE_TREND_WINDOW,
    Limits,
)
from anomaly_container.contract.names import with_pascal_case_names
from anomaly_container.contract.request import Request, parse
from anomaly_container.contract.versions import ApiVersion, Operation
from anomaly_container.detection import ChangePointOptions, Options
from tests.property.documents import assert_answers

if TYPE_CHECKING:
    from collections.abc import Callable

QUESTIONS = tuple(product(Operation, ApiVersion))
LIMITS = Limits()
# The points of an answer are bounded, so that one input takes a few milliseconds.
SHORT = Limits(max_points=64)

_PART = re.compile(r"\\\{\w+\\\}")
# Words, numbers and names of forms; nothing that a quotation from a body would need.
_VARYING = r"[\\w /.,-]+"
DOCUMENTED = tuple(
    (fault.code, re.compile(_PART.sub(_VARYING, re.escape(template))))
    for fault in FAULTS
    for template in (fault.template, with_pascal_case_names(fault.template))
)


class _RefusedError(Exception):
    """The typed decode does not read this body."""


def encoded(operation: Operation, version: ApiVersion, body: bytes) -> bytes:
    """Return the input that asks a body of an operation and version."""
    return bytes([ord("0") + QUESTIONS.index((operation, version))]) + body


def question(data: bytes) -> tuple[bytes, Operation, ApiVersion]:
    """Return the body of an input, and where it is sent."""
    operation, version = QUESTIONS[(data[0] - ord("0")) % len(QUESTIONS) if data else 0]
    return data[1:], operation, version


def parse_any(data: bytes) -> None:
    """Any body is a request whose parts are within their bounds, or a documented error."""
    body, operation, version = question(data)
    try:
        request = parse(body, operation, version, LIMITS)
    except ContractError as error:
        assert_documented(error)
        return
    assert (request.operation, request.version) == (operation, version)
    values, slots = request.series.values, request.series.slots
    assert LIMITS.min_points <= values.size <= LIMITS.max_points
    assert (values.dtype, slots.dtype) == (np.dtype(np.float64), np.dtype(np.int64))
    assert values.shape == slots.shape == (values.size,)
    assert (np.abs(values) <= MAX_MAGNITUDE).all()
    assert slots[0] == 0
    assert (np.diff(slots) > 0).all()
    if operation is Operation.CHANGE_POINT:
        assert_change_point_options(request.options, values.size)
    else:
        assert_options(request.options)


def decodes_agree(data: bytes) -> None:
    """What the typed decode reads is the same request, or the same error, to the decode without types."""
    asked = question(data)
    try:
        with patch.object(body_module, "decode_tolerantly", side_effect=_RefusedError):
            typed = outcome(*asked)
    except _RefusedError:
        return
    # No body that the typed decode reads reaches the other one.
    with patch.object(body_module, "_decode_typed", side_effect=msgspec.DecodeError):
        assert outcome(*asked) == typed


def answer_any(data: bytes) -> None:
    """Any body is answered with the documented fields, finite and one entry a point, or refused."""
    body, operation, version = question(data)
    try:
        answer = engine.answer(body, operation, version, SHORT)
    except ContractError as error:
        assert_documented(error)
        return
    # Reads no NaN and no Infinity.
    document = orjson.loads(answer.body)
    if "Period" in document:
        document = {name[:1].lower() + name[1:]: value for name, value in document.items()}
    assert_answers(orjson.dumps(document), answer.points, operation, version)
    assert SHORT.min_points <= answer.points <= SHORT.max_points


TARGETS: dict[str, Callable[[bytes], None]] = {
    "answer": answer_any,
    "decodes": decodes_agree,
    "parse": parse_any,
}


def outcome(body: bytes, operation: Operation, version: ApiVersion) -> tuple[object, ...]:
    """Return all that a body is read as, in a form that can be compared."""
    try:
        request: Request = parse(body, operation, version, LIMITS)
    except ContractError as error:
        return error.code, error.message, error.status
    series = request.series
    return request.pascal_case, request.options, series.values.tolist(), series.slots.tolist()


def assert_documented(error: ContractError) -> None:
    """Check that code and message of an error are in the list that docs/errors.md is held to."""
    assert error.status == 400
    assert any(code == error.code and text.fullmatch(error.message) for code, text in DOCUMENTED), error


def assert_options(options: object) -> None:
    """Check the bounds of what `entire` and `last` are asked."""
    assert isinstance(options, Options)
    assert_integer(options.interval, 1, MAX_INT32)
    assert_integer(options.period or 0, 0, MAX_INT32)
    assert_integer(options.sensitivity, 0, MAX_SENSITIVITY)
    assert 0 < options.max_anomaly_ratio <= MAX_ANOMALY_RATIO
    assert type(options.impute_value) is float
    assert abs(options.impute_value) <= MAX_MAGNITUDE


def assert_change_point_options(options: object, points: int) -> None:
    """Check the bounds of what a search for change points is asked."""
    assert isinstance(options, ChangePointOptions)
    assert_integer(options.interval, 1, MAX_INT32)
    assert_integer(options.period or 0, 0, points // 2)
    if options.threshold is not None:
        assert MIN_CHANGE_POINT_THRESHOLD <= options.threshold <= MAX_CHANGE_POINT_THRESHOLD
    if options.stable_trend_window is not None:
        assert_integer(options.stable_trend_window, MIN_STABLE_TREND_WINDOW, (points - 1) // 2)


def assert_integer(value: object, low: int, high: int) -> None:
    """Check that a value is an integer, no boolean, and within bounds."""
    assert type(value) is int
    assert low <= value <= high
