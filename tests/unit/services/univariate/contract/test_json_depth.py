"""The depth of a body: exact, whatever its texts hold, and looked at closely only when it may matter."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly_container.services.univariate.contract.decode import decode
from anomaly_container.services.univariate.contract.errors import ContractError
from anomaly_container.services.univariate.contract.json_depth import depth, is_deeper
from tests.naive.univariate.depth import depth as naive_depth
from tests.support.bodies import body, pascal_body, points

TEXTS = st.text(st.sampled_from('[]{}"\\:, aä\n'), max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=40,
)


@given(document=JSON, indent=st.none() | st.integers(0, 2), ascii_only=st.booleans())
def test_it_is_that_of_the_naive_reading(document: object, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
    found = naive_depth(text)
    assert depth(text.encode()) == found
    assert not is_deeper(text.encode(), found)
    if found:
        assert is_deeper(text.encode(), found - 1)


@given(document=JSON, limit=st.integers(3, 8), count=st.integers(0, 30), in_point=st.booleans())
def test_points_that_are_known_change_nothing(
    document: object, limit: int, count: int, in_point: bool
) -> None:
    series = points(count)
    if in_point and series:
        series[-1]["x"] = document
    text = json.dumps({"series": series, "x": document})
    assert is_deeper(text.encode(), limit, count) == (naive_depth(text) > limit)


def nested(depth: int, opening: str, closing: str) -> str:
    return opening * depth + "1" + closing * depth


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"x":', "}"), ('[{"]":', "}]")])
@pytest.mark.parametrize("limit", [8, 64, 512])
def test_a_body_of_the_limit_is_read_and_one_deeper_is_not(limit: int, opening: str, closing: str) -> None:
    step = opening.count("[") + opening.count("{")
    plain = body()
    for beyond in (0, step):
        at_top = f'"x": {nested((limit - 1 + beyond) // step, opening, closing)}, '.encode()
        in_point = f'"x": {nested((limit - 3 + beyond) // step, opening, closing)}, '.encode()
        for text in (
            b"{" + at_top + plain[1:],
            b"{" + at_top + pascal_body()[1:],
            b"{" + at_top + plain[1:].replace(b"10.0", b"NaN", 1),
            plain.replace(b'{"timestamp"', b"{" + in_point + b'"timestamp"', 1),
        ):
            if beyond:
                with pytest.raises(ContractError, match="Invalid Json Format"):
                    decode(text, limit)
            else:
                decode(text, limit)


def test_points_of_other_shapes_hide_nothing() -> None:
    text = body(series=[1] * 500, x=json.loads(nested(200, "[", "]")))
    with pytest.raises(ContractError, match="Invalid Json Format"):
        decode(text, 64)


def test_a_series_that_does_not_count_hides_nothing() -> None:
    deep = f'{{"series": {nested(100, "[", "]")}, '.encode()
    with pytest.raises(ContractError, match="Invalid Json Format"):
        decode(deep + body()[1:], 64)


@pytest.mark.parametrize(
    "text", ["[" * 1000, "{" * 1000, '\\"[' * 500, "\\\\", '\\\\\\"{[' * 200, "]" * 1000]
)
def test_brackets_of_texts_do_not_count(text: str) -> None:
    plain = f'{{"x": "{text}", "{text}": 1, '.encode() + body()[1:]
    assert depth(plain) == 3
    fields, _ = decode(plain, 8)
    assert len(fields.series) == 24  # type: ignore[arg-type] # it is a list


@pytest.mark.parametrize("before", [0, 65_530, 65_536, 200_000])
def test_brackets_are_seen_wherever_they_are(before: int) -> None:
    body = b"[" + b" " * before + b"[" * 8 + b"]" * 9
    assert is_deeper(body, 8)
    assert not is_deeper(body, 9)
