"""The state, and its bytes.

The smallest example: a batch of 100 rows and 4 columns adds one file, 100 rows and one thousand points begun.
"""

from __future__ import annotations

import math
from dataclasses import replace

import orjson
import pytest

from anomaly_container.services.batches.ledger import Entry
from anomaly_container.services.batches.state import (
    RETIRED,
    Line,
    State,
    UnknownStateError,
    decode,
    encode,
    units_of,
)

BATCH = Entry(
    key="raw/a.csv", etag="e", attempt="x", rows=100, anomalies=3, processed_at="2026-03-01T00:00:00"
)


def test_a_batch() -> None:
    after = State(mode="default").with_batch(BATCH, Line(1, units_of(400), 20_000), "one", {"a": 1})
    assert (after.files, after.rows, after.anomalies) == (1, 100, 3)
    assert after.usage == {"one": Line(1, 1, 20_000)}
    assert after.last_updated == "2026-03-01T00:00:00"
    assert after.ledger.find("raw/a.csv", "e") == BATCH
    assert after.model == {"a": 1}


@pytest.mark.parametrize(("points", "units"), [(0, 0), (1, 1), (1000, 1), (1001, 2)])
def test_thousands_begun(points: int, units: int) -> None:
    assert units_of(points) == units


def test_a_dead_letter_is_not_a_batch() -> None:
    before = State(mode="default")
    after = before.with_dead_letters([replace(BATCH, reason="empty", attempt="")])
    assert replace(after, ledger=before.ledger) == before
    assert len(after.ledger.dead_letters()) == 1


def test_a_container_that_is_long_gone_is_retired() -> None:
    state = State(
        mode="default", usage={"old": Line(2, 5, 100), "older": Line(1, 1, 50), "new": Line(1, 1, 150)}
    )
    after = state.with_batch(BATCH, Line(1, 1, 191), "one", {})
    assert after.usage == {"new": Line(1, 1, 150), "one": Line(1, 1, 191), RETIRED: Line(3, 6, 100)}
    later = after.with_batch(BATCH, Line(1, 1, 10_000), "one", {})
    assert later.usage == {"one": Line(2, 2, 10_000), RETIRED: Line(4, 7, 150)}


def test_bytes_and_back() -> None:
    numbers = [0.1, 1 / 3, 5e-324, 1.7976931348623157e308, -0.0]
    state = State(mode="compat", columns=("a", "ü"), revision=7, topic="arn", model={"x": numbers})
    state = state.with_batch(BATCH, Line(1, 1, 1), "one", {"x": numbers})
    again = decode(encode(state))
    assert again == state
    assert again.model is not None
    assert [math.copysign(1, one) for one in again.model["x"]] == [1, 1, 1, 1, -1]
    assert b"NaN" not in encode(replace(state, model={"x": math.nan}))


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"1", b"{}", b'{"schema":2}', b'{"schema":1}', b"null"])
def test_another_state(data: bytes) -> None:
    with pytest.raises(UnknownStateError):
        decode(data)


@pytest.mark.parametrize("name", ["ring", "ledger", "usage", "totals", "columns", "mode"])
def test_a_state_that_lacks_a_part(name: str) -> None:
    content = orjson.loads(encode(State(mode="default")))
    del content[name]
    with pytest.raises(UnknownStateError):
        decode(orjson.dumps(content))
