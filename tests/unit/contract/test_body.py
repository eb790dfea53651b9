from __future__ import annotations

import json
from codecs import BOM_UTF8
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_container.contract.errors import ContractError, ErrorCode, univariate_body
from anomaly_container.contract.limits import Limits
from anomaly_container.contract.request import Request, parse
from anomaly_container.contract.versions import ApiVersion, Operation
from tests.bodies import body, pascal_body, points

if TYPE_CHECKING:
    from collections.abc import Iterator

GOOD = body()
DEEP = 200_000
CODES = {code.value for code in ErrorCode}


def ask(
    raw: bytes, operation: Operation = Operation.ENTIRE, version: ApiVersion = ApiVersion.V1_1
) -> Request:
    return parse(raw, operation, version, Limits())


@contextmanager
def refused_as(code: str, message: str) -> Iterator[None]:
    with pytest.raises(ContractError) as caught:
        yield
    assert (caught.value.code, caught.value.message, caught.value.status) == (code, message, 400)


def with_field(text: bytes) -> bytes:
    """Return a good body with one more field as it stands."""
    return b"{" + text + b"," + GOOD[1:]


NOT_JSON = {
    "empty": b"",
    "white space": b" \n",
    "text": b"series",
    "truncated": GOOD[:-1],
    "trailing characters": GOOD + b"x",
    "two documents": GOOD + GOOD,
    "trailing comma": GOOD[:-1] + b",}",
    "single quotes": GOOD.replace(b'"', b"'"),
    "comment": b"/* */" + GOOD,
    "null": b"null",
    "true": b"true",
    "number": b"1",
    "string": b'"series"',
    "array": b"[" + GOOD + b"]",
    "null byte": b"\0",
    "null byte behind": GOOD + b"\0",
    "two byte order marks": BOM_UTF8 + BOM_UTF8 + GOOD,
    "byte order mark behind": GOOD + BOM_UTF8,
    "byte order mark alone": BOM_UTF8,
    "null bytes": b"\0\0\0\0\xff",
    "latin-1 in a value": with_field(b'"granularity": "d\xe4ily"'),
    "latin-1 in an unknown field": with_field(b'"x": "\xe4"'),
    "latin-1 in a name": with_field(b'"\xe4": 1'),
    "cut utf-8": with_field(b'"x": "\xe2\x82"'),
    "surrogate in utf-8": with_field(b'"x": "\xed\xa0\x80"'),
    "control character": with_field(b'"x": "\n"'),
    "bad escape": with_field(b'"x": "\\q"'),
    "bad number": with_field(b'"x": 01'),
    "bad literal": with_field(b'"x": nan'),
    "form": b"series=1&granularity=daily",
    "xml": b"<series/>",
    "deep arrays": with_field(b'"x": ' + b"[" * DEEP + b"]" * DEEP),
    "deep arrays in a field": with_field(b'"period": ' + b"[" * DEEP + b"]" * DEEP),
    "deep objects": with_field(b'"x": ' + b'{"a":' * DEEP + b"1" + b"}" * DEEP),
    "deep series": b'{"series": ' + b"[" * DEEP + b"]" * DEEP + b"}",
    "deep and unclosed": b"[" * DEEP,
    "deep body": b'{"series":' * DEEP,
}


@pytest.mark.parametrize("raw", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_not_a_json_object(raw: bytes) -> None:
    for operation in Operation:
        with refused_as("InvalidJsonFormat", "Invalid Json Format, input data is Empty."):
            ask(raw, operation)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_another_encoding_is_named(encoding: str) -> None:
    name = encoding[:6].upper()
    for raw in (GOOD.decode().encode(encoding), pascal_body().decode().encode(encoding)):
        with refused_as(
            "InvalidJsonFormat",
            f"Invalid Json Format, input data is Empty. The body is in {name}; send UTF-8.",
        ):
            ask(raw)


def test_a_byte_order_mark_does_not_count_as_depth_or_name() -> None:
    for text in (GOOD, pascal_body(), with_field(b'"x": NaN'), with_field('"x": "ä"'.encode())):
        with_mark, without = ask(BOM_UTF8 + text), ask(text)
        assert (with_mark.options, with_mark.pascal_case) == (without.options, without.pascal_case)
        assert (with_mark.series.values == without.series.values).all()
    with refused_as("InvalidJsonFormat", "Invalid Json Format, input data is Empty."):
        ask(BOM_UTF8 + with_field(b'"x": ' + b"[" * 64 + b"]" * 64))


HARMLESS = {
    "byte order mark": BOM_UTF8 + GOOD,
    "byte order mark and white space": BOM_UTF8 + b" \n" + GOOD,
    "white space around": b"\r\n\t " + GOOD + b" \n",
    "escaped names": GOOD.replace(b'"series"', b'"\\u0073eries"'),
    "escaped slash": with_field(b'"x": "\\/"'),
    "utf-8": with_field('"x": "näher 😀"'.encode()),
    "surrogate pair": with_field(b'"x": "\\ud83d\\ude00"'),
    "lone surrogate": with_field(b'"x": "\\ud800"'),
    "lone surrogate as a name": with_field(b'"\\ud800": 1'),
    "huge exponent": with_field(b'"x": 1e999999999'),
    "tiny exponent": with_field(b'"x": 1e-999999999'),
    "huge integer": with_field(b'"x": -' + b"9" * 100_000),
    "not a number": with_field(b'"x": [NaN, Infinity, -Infinity]'),
    "nested": with_field(b'"x": ' + b"[" * 63 + b"]" * 63),
    "empty name": with_field(b'"": {}'),
}


@pytest.mark.parametrize("raw", HARMLESS.values(), ids=HARMLESS)
def test_what_is_strange_but_harmless(raw: bytes) -> None:
    assert ask(raw).options == ask(GOOD).options
    assert (ask(raw).series.values == ask(GOOD).series.values).all()


def with_value(text: bytes) -> bytes:
    return GOOD.replace(b'"value": 10.0', b'"value": ' + text, 1)


LARGE = {
    "huge exponent": b"1e999999999",
    "large exponent": b"-1e101",
    "integer of 401 digits": b"1" + b"0" * 400,
    "integer of 100,000 digits": b"-" + b"9" * 100_000,
    "text of 100,000 digits": b'"' + b"9" * 100_000 + b'"',
    "infinity": b"-Infinity",
}


@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE)
def test_values_beyond_a_float(text: bytes) -> None:
    with refused_as("InvalidSeries", "The magnitude of data in 'value' in 'series' filed is too large."):
        ask(with_value(text))


MALFORMED = {
    "lone surrogate": b'"\\ud800"',
    "null byte": b'"5\\u0000"',
    "hexadecimal": b'"0x1F"',
    "decimal comma": b'"1,5"',
    "array": b"[1]",
    "object": b'{"value": 1}',
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED)
def test_values_that_are_no_numbers(text: bytes) -> None:
    with refused_as("BadArgument", "'timestamp' or 'value' is malformed in 'series' Field."):
        ask(with_value(text))


def test_values_too_small_for_a_float_are_zero() -> None:
    assert ask(with_value(b"1e-999999999")).series.values[0] == 0.0
    assert ask(with_value(b"-0")).series.values[0] == 0.0


def test_tolerance_for_one_thing_is_not_tolerance_for_others() -> None:
    with refused_as("InvalidPeriod", "The 'period' field must be an integer >= 0."):
        ask(with_value(b"NaN").replace(b'"granularity"', b'"period": -1, "granularity"'))


def answers_or_refuses(raw: bytes, operation: Operation, version: ApiVersion) -> None:
    """Pass on any outcome but an exception of another type or an error that is not documented."""
    try:
        size = ask(raw, operation, version).series.values.size
    except ContractError as error:
        if (
            error.code not in CODES
            or error.status != 400
            or json.loads(univariate_body(error))
            != {
                "code": error.code,
                "message": error.message,
            }
        ):
            raise
    else:
        assert size >= 12


OPERATIONS = st.sampled_from(Operation)
VERSIONS = st.sampled_from(ApiVersion)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from([10**400, -(10**400), "\ud800", "2020-01-01T00:00:00Z", "nan"]),
    lambda inner: (
        st.lists(inner, max_size=14)
        | st.dictionaries(
            st.sampled_from(["series", "Series", "timestamp", "value", "Value", "granularity", "period"])
            | st.text(max_size=5),
            inner,
            max_size=6,
        )
    ),
)


@settings(deadline=None)
@given(raw=st.binary(max_size=200), operation=OPERATIONS, version=VERSIONS)
def test_any_bytes(raw: bytes, operation: Operation, version: ApiVersion) -> None:
    answers_or_refuses(raw, operation, version)


@settings(deadline=None)
@given(document=JSON, operation=OPERATIONS, version=VERSIONS)
def test_any_json(document: object, operation: Operation, version: ApiVersion) -> None:
    answers_or_refuses(json.dumps(document).encode(), operation, version)
    answers_or_refuses(
        json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass"), operation, version
    )


@settings(deadline=None)
@given(document=JSON, index=st.integers(0, 23), operation=OPERATIONS, version=VERSIONS)
def test_any_json_in_one_place_of_a_good_body(
    document: object, index: int, operation: Operation, version: ApiVersion
) -> None:
    for part in ("value", "timestamp"):
        series = points()
        series[index][part] = document
        answers_or_refuses(body(series=series), operation, version)
    answers_or_refuses(body(series=[*points(), document]), operation, version)
    answers_or_refuses(body(series=document), operation, version)


@settings(deadline=None)
@given(
    position=st.integers(0, len(GOOD) - 1),
    replacement=st.binary(max_size=3),
    operation=OPERATIONS,
    version=VERSIONS,
)
def test_a_good_body_with_damage(
    position: int, replacement: bytes, operation: Operation, version: ApiVersion
) -> None:
    answers_or_refuses(GOOD[:position] + replacement + GOOD[position + 1 :], operation, version)
