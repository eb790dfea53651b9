"""Bodies at the edges of JSON and of numbers: an answer or a refusal, never a fault."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from tests.support.bodies import body
from tests.support.payloads import DETECT_PATHS, ENTIRE_PATH, daily_body

if TYPE_CHECKING:
    from collections.abc import Iterator

Client = TestClient[web.Request, web.Application]
CHANGE_POINT_PATH = ENTIRE_PATH.replace("entire", "changepoint")
PLAIN = body(period=0).decode()


def with_field(text: str) -> bytes:
    return f"{PLAIN[:-1]}, {text}}}".encode()


def with_value(text: str) -> bytes:
    return PLAIN.replace('"value": 10.0', f'"value": {text}', 1).encode()


def numbers(document: object) -> Iterator[float]:
    if isinstance(document, dict):
        for value in document.values():
            yield from numbers(value)
    elif isinstance(document, list):
        for value in document:
            yield from numbers(value)
    elif isinstance(document, float):
        yield document


async def code_of(client: Client, sent: bytes, path: str = ENTIRE_PATH) -> str:
    response = await client.post(path, data=sent)
    answer = json.loads(await response.text())
    if response.status == 200:
        assert all(map(math.isfinite, numbers(answer)))
        return ""
    assert response.status == 400
    return str(answer["code"])


@pytest.mark.parametrize("path", DETECT_PATHS[:3] + DETECT_PATHS[-3:])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"x":', "}")])
async def test_depth(client: Client, path: str, opening: str, closing: str) -> None:
    for depth, code in ((64, ""), (65, "InvalidJsonFormat"), (100_000, "InvalidJsonFormat")):
        nested = opening * (depth - 1) + "1" + closing * (depth - 1)
        assert await code_of(client, with_field(f'"x": {nested}'), path) == code, depth


async def test_points(client: Client) -> None:
    for count, code in ((11, "InvalidSeries"), (12, ""), (8640, ""), (8641, "InvalidSeries")):
        assert await code_of(client, daily_body(count, granularity="none", period=0)) == code, count


async def test_the_last_of_two_equal_names_counts(client: Client) -> None:
    assert await code_of(client, with_field('"period": -1')) == "InvalidPeriod"
    assert await code_of(client, with_field('"period": -1, "period": 0')) == ""
    assert await code_of(client, with_field('"series": []')) == "InvalidSeries"
    doubled = PLAIN.replace('"value": 10.0', '"value": null, "value": 10.0', 1).encode()
    assert await code_of(client, doubled) == ""


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("9007199254740993", ""),
        ("-0.0", ""),
        ("4.9e-324", ""),
        ("1e-400", ""),
        ("1e100", ""),
        ("-1e100", ""),
        ("1.0000001e100", "InvalidSeries"),
        ("1e400", "InvalidSeries"),
        ("-1e400", "InvalidSeries"),
        ("1" + "0" * 5000, "InvalidSeries"),
        ("1e999999999", "InvalidSeries"),
        ("-1e999999999", "InvalidSeries"),
        ("1e-999999999", ""),
        ("0." + "0" * 5000 + "1", ""),
        ("1." + "3" * 5000, ""),
        ("18446744073709551616", ""),
        ("-9223372036854775809", ""),
        ("Infinity", "InvalidSeries"),
        ("NaN", "BadArgument"),
        ("true", "BadArgument"),
    ],
)
@pytest.mark.parametrize("path", DETECT_PATHS[:3] + DETECT_PATHS[-3:])
async def test_values(client: Client, path: str, value: str, code: str) -> None:
    assert await code_of(client, with_value(value), path) == code


@pytest.mark.parametrize("field", ["period", "customInterval", "sensitivity"])
@pytest.mark.parametrize(
    "value", ["2147483648", "9" * 19, "9" * 5000, "-1", "1.0", "1e3", '"1"', "[]", "true"]
)
async def test_integers(client: Client, field: str, value: str) -> None:
    wanted = {"period": "InvalidPeriod", "customInterval": "InvalidCustomInterval"}
    assert await code_of(client, with_field(f'"{field}": {value}')) == wanted.get(
        field, "InvalidModelArgument"
    )


@pytest.mark.parametrize("path", DETECT_PATHS[:3] + DETECT_PATHS[-3:])
async def test_ratios(client: Client, path: str) -> None:
    taken = ("5e-324", "4.9e-1", "0.49" + "0" * 5000)
    refused = ("1e-400", "-0.0", "0.5", "1e400", "-1e400", "1e999999999", "9" * 5000, "NaN", "true")
    read = "changepoint" not in path
    for text in taken:
        assert await code_of(client, with_field(f'"maxAnomalyRatio": {text}'), path) == "", text
    for text in refused:
        code = await code_of(client, with_field(f'"maxAnomalyRatio": {text}'), path)
        assert code == ("InvalidModelArgument" if read else ""), text


EXTREMES = {
    "beyond 64 bits": "18446744073709551616",
    "beyond a float": "1e400",
    "below a float": "1e-400",
    "minus zero": "-0.0",
    "5,000 digits": "9" * 5000,
    "not a number": "NaN",
    "boolean": "true",
    "largest float": "1.7976931348623157e308",
}
CODES = {
    "alpha": "InvalidModelArgument",
    "threshold": "InvalidModelArgument",
    "stableTrendWindow": "InvalidModelArgument",
    "customInterval": "InvalidCustomInterval",
    "imputeFixedValue": "InvalidImputeFixedValue",
}


@pytest.mark.parametrize("path", DETECT_PATHS[:3] + DETECT_PATHS[-3:])
@pytest.mark.parametrize("field", CODES)
async def test_extremes_of_every_other_number(client: Client, path: str, field: str) -> None:
    mode = '"imputeMode": "fixed", ' if field == "imputeFixedValue" else ""
    for name, text in EXTREMES.items():
        code = await code_of(client, with_field(f'{mode}"{field}": {text}'), path)
        assert code in {"", CODES[field]}, name


async def test_what_is_refused_among_the_extremes(client: Client) -> None:
    every = tuple(EXTREMES.values())
    refused = {
        ENTIRE_PATH: {
            "alpha": ("1e-400", "-0.0", "true"),
            "threshold": ("true", "9" * 19),
            "customInterval": every,
        },
        CHANGE_POINT_PATH: {"threshold": every, "stableTrendWindow": every, "customInterval": every},
    }
    for path, fields in refused.items():
        for field, texts in fields.items():
            for text in texts:
                assert await code_of(client, with_field(f'"{field}": {text}'), path) == CODES[field], text
    for text in ("1e400", "1" + "0" * 5000, "NaN", "true", "1.1e100"):
        sent = with_field(f'"imputeMode": "fixed", "imputeFixedValue": {text}')
        assert await code_of(client, sent) == "InvalidImputeFixedValue", text


@pytest.mark.parametrize("literal", ["0", "NaN"])
async def test_both_decodes_let_the_last_of_two_equal_names_count(client: Client, literal: str) -> None:
    """A `NaN` in an unknown field makes the body one that the typed decode refuses."""
    unknown = f'"x": {literal}'
    assert await code_of(client, with_field(f'{unknown}, "period": -1, "period": 0')) == ""
    assert await code_of(client, with_field(f'{unknown}, "period": 0, "period": -1')) == "InvalidPeriod"
    assert await code_of(client, with_field(f'{unknown}, "series": []')) == "InvalidSeries"
    for values, code in ((("null", "10.0"), ""), (("10.0", "null"), "BadArgument")):
        doubled = ", ".join(f'"value": {value}' for value in values).encode()
        assert await code_of(client, with_field(unknown).replace(b'"value": 10.0', doubled, 1)) == code
    right = '"2020-01-01T00:00:00Z"'
    for times, code in ((("1", right), ""), ((right, "1"), "BadArgument")):
        doubled = ", ".join(f'"timestamp": {time}' for time in times).encode()
        sent = with_field(unknown).replace(f'"timestamp": {right}'.encode(), doubled, 1)
        assert await code_of(client, sent) == code
