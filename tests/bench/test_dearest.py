"""The search finds what is dear: of bodies whose cost is their slots, those with the most."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from anomaly_container.detection.univariate import kernels_compiled
from anomaly_container.services.univariate.contract.errors import ContractError
from anomaly_container.services.univariate.contract.limits import Limits
from anomaly_container.services.univariate.contract.request import parse
from anomaly_container.services.univariate.contract.versions import ApiVersion, Operation
from tests.bench import dearest
from tests.bench.dearest import MAX_BODY, SIZES, estimate, filling_table, search, table
from tests.bench.fillings import FILLINGS, filled
from tests.bench.shapes import WORST, Shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bench.dearest import Class

SPARSE = Shape(12, 17_279, impute="linear")
SLACK = 3.0
"""A slower machine, or one that others use, takes longer than that on which the figures were measured."""


@pytest.fixture(scope="module")
def found() -> list[Class]:
    return search(2.0, seed=1, measure=lambda shape: float(shape.slots))


def test_the_dearest_of_every_size_are_found(found: list[Class]) -> None:
    assert [each.points for each in found] == list(SIZES)
    for each in found:
        assert len(each.milliseconds) > 3
        [first, second] = each.dearest(2)
        assert first.slots >= second.slots == sorted(each.milliseconds.values())[-2]
        low, high = each.points
        assert all(low <= shape.points <= high for shape in each.milliseconds)


def test_a_row_has_cost_estimate_bytes_and_a_body_that_can_be_made_again(found: list[Class]) -> None:
    rows = table(found).splitlines()[2:]
    assert len(rows) == 10
    for row in rows:
        milliseconds, estimate, size, words = row.split(maxsplit=3)
        shape = Shape.from_words(words)
        assert float(milliseconds) == shape.slots
        assert float(estimate) > 0
        assert int(size) == len(shape.body())


def test_a_short_search_of_real_bodies_ends() -> None:
    assert all(each.milliseconds for each in search(0.1, seed=2))


def test_the_body_of_the_table_of_limits() -> None:
    body = SPARSE.body()
    assert len(body) < 700
    series = json.loads(body)["series"]
    assert len(series) == 12
    assert series[0]["timestamp"] == "2000-01-01T00:00:00Z"
    assert series[-1]["timestamp"] == "2000-01-12T23:58:00Z"


def test_no_body_costs_much_more_than_admission_takes_it_for(
    record_property: Callable[[str, object], None],
) -> None:
    """In a process of its own, where numpy uses one thread, as in a worker."""
    run = subprocess.run(  # noqa: S603  # our own program with fixed words
        [sys.executable, dearest.__file__, "--known"],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=250,
    )
    rows = [line.split(maxsplit=3) for line in run.stdout.splitlines()[2:] if line]
    assert len(rows) == len(WORST) + len(FILLINGS)
    for taken, estimated, size, words in rows:
        record_property("shown", f"{words} | {size} bytes | {taken} ms, taken for {estimated}")
        assert float(taken) <= SLACK * float(estimated), words


@pytest.mark.skipif(not kernels_compiled(), reason="without kernels in C nothing is cheap")
def test_the_worst_are_not_taken_for_cheap_and_the_ordinary_are() -> None:
    assert min(map(estimate, WORST)) > 8.0
    assert estimate(Shape(47, 47, "season of 7", operation="last", granularity="daily")) < 2.0
    assert estimate(Shape(1000, 1000, "season of 24", granularity="hourly")) < 12.0


def test_the_table_of_fillings_has_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dearest, "MAX_BODY", 10_000)
    assert len(filling_table().splitlines()) == len(FILLINGS)


@pytest.mark.parametrize("name", FILLINGS)
def test_fillings_fill(name: str) -> None:
    assert 0.98 * MAX_BODY <= len(filled(name, MAX_BODY)) <= MAX_BODY
    # Only one of them is not JSON.
    assert (outcome(filled(name, 3000)) == "InvalidJsonFormat") == (name == "no end")


def outcome(body: bytes) -> str:
    try:
        parse(body, Operation.ENTIRE, ApiVersion.V1_1, Limits())
    except ContractError as error:
        return error.code
    return "answered"
