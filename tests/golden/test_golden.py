"""A compact set of requests with the answers of the live service's rules, one for every branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest

from tests.conformance.cases import GOLDEN, answer, compare

if TYPE_CHECKING:
    from pathlib import Path

CASES = sorted(GOLDEN.glob("*.json"))
BRANCHES = {
    "seasonal", "dt", "sr", "simple", "spectrum", "delta1", "delta2", "zscore", "mad", "log", "V3", "error",
    "fill-auto", "fill-previous", "fill-linear", "fill-fixed", "change-points",
}  # fmt: skip


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_answer(path: Path) -> None:
    case = orjson.loads(path.read_bytes())
    problems, _ = compare(case, answer(case, case["path"]))
    assert not problems


def test_every_branch_has_a_case() -> None:
    found = {branch for path in CASES for branch in orjson.loads(path.read_bytes())["branch"].split("+")}
    assert found >= BRANCHES
