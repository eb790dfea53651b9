"""Valid bodies, and the ways in which a body goes wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.support.bodies import points

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

NASTY_LITERALS = (
    "null", "true", "false", "0", "-1", "1.5", "1e400", "-1e400", "1e-400", "1" + "0" * 400, "-0.0",
    "NaN", "Infinity", "-Infinity", '""', '" "', '"NaN"', '"1e999"', '"ignored"', '"\\ud800"', '"\\u0000"',
    "[]", "{}", "[null]", "[[]]", '{"a":1}', "[" * 200 + "]" * 200, "2147483648", "-2147483649",
    "9223372036854775808", "0.49000001", "100.0", '"2020-02-30T00:00:00Z"', '"2020-01-01T25:00:00Z"',
    '"1600-01-01T00:00:00Z"', '"9999-12-31T23:59:59Z"', '"2020-01-01T00:00:00+99:99"', '"01/02/2020"',
    "1577836800", '"x' + "y" * 5000 + '"', "'single'", "undefined", "0x10", "01", "+1", ".5", "1.",
)  # fmt: skip

FIELDS = (
    "series", "granularity", "customInterval", "period", "alpha", "maxAnomalyRatio", "sensitivity",
    "threshold", "stableTrendWindow", "imputeMode", "imputeFixedValue", "imputeStrategy", "fillUpMode",
    "fixedValue", "boundaryVersion",
)  # fmt: skip

_MARK = "@literal@"


def valid(random: Random) -> dict[str, Any]:
    """Return a request that every version and operation accepts."""
    return {
        "series": points(random.randrange(12, 40)),
        "granularity": "daily",
        "customInterval": 1,
        "period": random.choice((None, 0, 3)),
        "maxAnomalyRatio": 0.25,
        "sensitivity": random.randrange(100),
        "imputeMode": random.choice(("auto", "linear", "notFill")),
    }


def mutate(random: Random) -> bytes:
    """Return a valid body after one to three things went wrong with it."""
    request = valid(random)
    literals: list[str] = []
    for _ in range(random.randrange(1, 4)):
        random.choice(_IN_THE_DOCUMENT)(random, request, literals)
    body = json.dumps(request)
    for literal in literals:
        body = body.replace(json.dumps(_MARK), literal, 1)
    raw = body.encode()
    return random.choice(_IN_THE_BYTES)(random, raw) if random.random() < 0.3 else raw


def _nasty_field(random: Random, request: dict[str, Any], literals: list[str]) -> None:
    _put(request, random.choice(FIELDS), random, literals)


def _nasty_point(random: Random, request: dict[str, Any], literals: list[str]) -> None:
    if points := _points(request):
        _put(random.choice(points), random.choice(("timestamp", "value")), random, literals)


def _nasty_item(random: Random, request: dict[str, Any], literals: list[str]) -> None:
    if _points(request):
        literals.append(random.choice(NASTY_LITERALS))
        request["series"][random.randrange(len(request["series"]))] = _MARK


def _put(place: dict[str, Any], name: str, random: Random, literals: list[str]) -> None:
    literals.append(random.choice(NASTY_LITERALS))
    place[name] = _MARK


def _drop_field(random: Random, request: dict[str, Any], _literals: list[str]) -> None:
    request.pop(random.choice(("series", "granularity")), None)


def _drop_part(random: Random, request: dict[str, Any], _literals: list[str]) -> None:
    if points := _points(request):
        random.choice(points).pop(random.choice(("timestamp", "value")), None)


def _swap_points(random: Random, request: dict[str, Any], _literals: list[str]) -> None:
    if points := _points(request):
        first, second = random.choice(points), random.choice(points)
        first["timestamp"], second["timestamp"] = second.get("timestamp"), first.get("timestamp")


def _repeat_point(random: Random, request: dict[str, Any], _literals: list[str]) -> None:
    if points := _points(request):
        request["series"].append(dict(random.choice(points)))


def _shorten(random: Random, request: dict[str, Any], _literals: list[str]) -> None:
    if _points(request):
        del request["series"][random.randrange(12) :]


def _shift_clock(random: Random, request: dict[str, Any], _literals: list[str]) -> None:
    if points := _points(request):
        random.choice(points)["timestamp"] = "2020-01-05T00:00:01Z"


def _points(request: dict[str, Any]) -> list[dict[str, Any]]:
    series = request.get("series")
    return [item for item in series if isinstance(item, dict)] if isinstance(series, list) else []


def _truncate(random: Random, body: bytes) -> bytes:
    return body[: random.randrange(len(body))]


def _flip_byte(random: Random, body: bytes) -> bytes:
    place = random.randrange(len(body))
    return body[:place] + bytes([random.randrange(256)]) + body[place + 1 :]


def _insert_bytes(random: Random, body: bytes) -> bytes:
    place = random.randrange(len(body))
    return body[:place] + random.randbytes(random.randrange(1, 9)) + body[place:]


def _wrap(random: Random, body: bytes) -> bytes:
    before, after = random.choice(
        ((b"[", b"]"), (b"\xef\xbb\xbf", b""), (b'{"a":', b"}"), (b"", b"}"), (b"\xff", b""))
    )
    return before + body + after


def _recode(random: Random, body: bytes) -> bytes:
    return body.decode(errors="replace").encode(random.choice(("utf-16", "utf-32")))


_IN_THE_DOCUMENT: tuple[Callable[[Random, dict[str, Any], list[str]], None], ...] = (
    _nasty_field, _nasty_field, _nasty_field, _nasty_point, _nasty_point, _nasty_item, _drop_field,
    _drop_part, _swap_points, _repeat_point, _shorten, _shift_clock,
)  # fmt: skip
_IN_THE_BYTES: tuple[Callable[[Random, bytes], bytes], ...] = (
    _truncate, _flip_byte, _insert_bytes, _wrap, _recode,
)  # fmt: skip
