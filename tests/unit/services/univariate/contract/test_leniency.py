"""Bodies that are not quite JSON say the same after they are made so: `[NaN, "NaN"]` is `["NaN", "NaN"]`."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly_container.services.univariate.contract import json_depth as depth
from anomaly_container.services.univariate.contract import leniency
from anomaly_container.services.univariate.contract.json_depth import count_elements
from anomaly_container.services.univariate.contract.leniency import as_strict, shallow

TEXTS = st.text(st.sampled_from('NaInfinity-"\\[]{},: ä\n'), max_size=9)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.just("\ud800\\ud800"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=30,
)


def expected(document: object) -> object:
    """The document with its literals as texts, and without escaped surrogates."""
    return json.loads(
        json.dumps(document).replace("\\\\", "\\u005c").replace("\\ud", "?").replace("\\uD", "?"),
        parse_constant=str,
    )


@pytest.fixture(params=[1, 2, 5, 64, 65_536], autouse=True)
def piece(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts are looked at in pieces; where these end changes nothing."""
    monkeypatch.setattr(leniency, "_PIECE", request.param)
    monkeypatch.setattr(depth, "_PIECE", request.param)


@given(document=JSON, indent=st.none() | st.integers(0, 2))
def test_a_document_says_what_it_said(document: object, indent: int | None) -> None:
    strict = as_strict(json.dumps(document, indent=indent).encode())
    assert json.loads(strict, parse_constant=fail) == expected(document)


def fail(literal: str) -> None:
    raise AssertionError(literal)


@pytest.mark.parametrize(
    "text", [b"1NaN", b"-NaN", b"NaNNaN", b"[NaN 1]", b"{NaN: 1}", b"{-Infinity \n: 1}", b"xNaN", b'[NaN"a"]']
)
def test_what_was_not_json_before_is_not_json_after(text: bytes) -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(as_strict(text))


@given(document=st.lists(JSON, max_size=7), indent=st.none() | st.integers(0, 2))
def test_elements_are_counted(document: list[object], indent: int | None) -> None:
    assert count_elements(json.dumps(document, indent=indent).encode()) == len(document)


@given(document=JSON)
def test_a_value_is_read_at_its_surface(document: object) -> None:
    wanted = type(document)() if isinstance(document, list | dict) else document
    found = shallow(json.dumps(document).encode())
    assert found == wanted or (found != found and wanted != wanted)  # noqa: PLR0124 - NaN alone differs
