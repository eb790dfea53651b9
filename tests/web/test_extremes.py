"""Bodies at the edges of JSON and of numbers: an answer or a refusal, never a fault."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from tests.bodies import body
from tests.payloads import DETECT_PATHS, ENTIRE_PATH

if TYPE_CHECKING:
    from collections.abc import Iterator

Client = TestClient[web.Request, web.Application]
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


@pytest.mark.parametrize(
    ("depth", "code"), [(500, ""), (5_000, "InvalidJsonFormat"), (100_000, "InvalidJsonFormat")]
)
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"x":', "}")])
async def test_depth(client: Client, opening: str, closing: str, depth: int, code: str) -> None:
    nested = opening * depth + "1" + closing * depth
    assert await code_of(client, with_field(f'"x": {nested}')) == code


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
