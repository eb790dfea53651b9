"""The baseline in the shape of the original pipeline.

The smallest example: two values 1 and 3 of `a` are
`{"a": {"count": 2, "mean": 2.0, "M2": 2.0, "std": 1.0}, "last_updated": "..."}`.
"""

from __future__ import annotations

import json

import numpy as np
import pytest

from anomaly_container.detection.batches.moments import Moments
from anomaly_container.outbound.errors import Changed
from anomaly_container.services.batches.keys import VIEW
from anomaly_container.services.batches.view import View, deviation, parse, render
from tests.support.faulty_store import FaultyStore

OLD, NEW, NEWEST = "2026-03-01T00:00:00.000000", "2026-03-02T00:00:00.000000", "2026-03-03T00:00:00.000000"
TWO = Moments(np.array([2.0]), np.array([2.0]), np.array([2.0]))


def shown(last_updated: str, mean: float = 2.0) -> bytes:
    return render(["a"], Moments(np.array([2.0]), np.array([mean]), np.array([2.0])), last_updated)


def test_two_values() -> None:
    assert json.loads(render(["a"], TWO, OLD)) == {
        "a": {"count": 2, "mean": 2.0, "M2": 2.0, "std": 1.0},
        "last_updated": OLD,
    }
    assert render(["a"], TWO, OLD).startswith(b'{\n  "a": {\n    "count": 2,')


def test_a_column_without_values_is_absent() -> None:
    observed = Moments(np.array([0.0, 1.0]), np.zeros(2), np.zeros(2))
    assert list(json.loads(render(["a", "b"], observed, OLD))) == ["b", "last_updated"]
    assert deviation(1.0, 5.0) == 0.0


def test_there_and_back() -> None:
    assert parse(shown(OLD)) == {"a": {"count": 2.0, "mean": 2.0, "M2": 2.0}}


@pytest.mark.parametrize(
    "data",
    [
        *(
            b"",
            b"x",
            b"[]",
            b"1",
            b'{"a": 1}',
            b'{"a": {"count": 1}}',
            b'{"a": {"count": "x", "mean": 1, "M2": 1}}',
        ),
        *(b'{"a": {"count": 0, "mean": 1, "M2": 0}}', b'{"a": {"count": 2, "mean": 1, "M2": -1}}', b"null"),
        b'{"a": {"count": NaN, "mean": 1, "M2": 0}}',
    ],
)
async def test_what_is_no_baseline_has_no_columns_and_is_replaced(data: bytes) -> None:
    assert parse(data) == {}
    store = FaultyStore()
    store.shared.write(VIEW, data)
    await View(store).write(shown(NEW), NEW)
    assert store.shared.data(VIEW) == shown(NEW)


async def test_a_view_is_written_unless_it_shows_a_later_batch() -> None:
    store = FaultyStore()
    view = View(store)
    assert await view.read() == b""
    await view.write(shown(NEW), NEW)
    await view.write(shown(OLD), OLD)
    await view.write(shown(NEW, mean=7.0), NEW)
    assert await view.read() == shown(NEW)
    await view.write(shown(NEWEST), NEWEST)
    assert await view.read() == shown(NEWEST)


@pytest.mark.parametrize("call", ["create", "update"])
async def test_another_process_may_write_meanwhile(call: str) -> None:
    store = FaultyStore()
    if call == "update":
        store.shared.write(VIEW, shown(OLD))

    def writes(made: str, _key: str) -> None:
        if made == call:
            store.before = None
            store.shared.write(VIEW, shown(NEWEST))

    store.before = writes
    await View(store).write(shown(NEW), NEW)
    assert store.shared.data(VIEW) == shown(NEWEST)


async def test_conflicts_have_an_end() -> None:
    def conflicts(call: str, _key: str) -> None:
        if call == "create":
            raise Changed

    store = FaultyStore(before=conflicts)
    await View(store).write(shown(NEW), NEW)
    assert store.shared.written == []
