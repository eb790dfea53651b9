"""How close the engine comes to the live service and to the published package: a table, and its floor.

The cases live outside the project; without them these tests are skipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from anomaly_container.detection import StlRule, kernels_compiled
from tests.conformance.cases import FOLDER, Tally, answer, compare, read

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [
    pytest.mark.skipif(
        not FOLDER.is_dir(), reason="no conformance cases: set CONFORMANCE_DIR to their folder"
    ),
    pytest.mark.usefixtures("kernels"),
]


def show(record: Callable[[str, object], None], name: str, tally: Tally, floor: int) -> None:
    how = "compiled" if kernels_compiled() else "numpy"
    record(
        "shown",
        f"conformance | {how:<8} | {name:<42} | {tally.agreed} of {tally.total} | {tally.farthest:.1e}",
    )
    assert not tally.failed, "\n".join(tally.failed)
    assert tally.agreed >= floor


@pytest.mark.parametrize("part", range(4))
def test_service_cases(part: int, record_property: Callable[[str, object], None]) -> None:
    tally = Tally()
    for number, (name, case) in enumerate(read("service_cases")):
        if number % 4 == part:
            tally.add(name, *compare(case, answer(case, case["path"])))
    show(record_property, f"service cases, part {part + 1} of 4", tally, 40)


def test_service_cases_of_the_later_rules(record_property: Callable[[str, object], None]) -> None:
    tally = Tally()
    for name, case in read("service_cases_2"):
        tally.add(name, *compare(case, answer(case, case["path"])))
    show(record_property, "service cases 2, rules found by requests", tally, 113)


def is_current(case: dict[str, Any]) -> bool:
    return str(case["era"]).startswith("current") and isinstance(case.get("request"), dict)


def test_recordings_of_the_current_era(record_property: Callable[[str, object], None]) -> None:
    tally = Tally()
    for name, case in read("recordings"):
        if is_current(case) and case["mode"] in {"entire", "last"}:
            tally.add(name, *compare(case, answer(case, case["path"])))
    show(record_property, "recordings of REST v1.1, entire and last", tally, 26)


def test_recorded_change_points(record_property: Callable[[str, object], None]) -> None:
    tally = Tally()
    for name, case in read("recordings"):
        if case["mode"] != "changepoint":
            continue
        if case.get("request_inferred"):
            # The scores of this constant series are rounding noise over a floor; its flags are compared.
            del case["response"]["confidenceScores"]
        tally.add(name, *compare(case, answer(case, case["path"])))
    show(record_property, "recordings of change points, all versions", tally, 3)


def test_reference_cases(record_property: Callable[[str, object], None]) -> None:
    tally = Tally()
    for name, case in read("reference_cases"):
        path = f"/anomalydetector/v1.0/timeseries/{case['type']}/detect"
        tally.add(name, *compare_loosely(case, answer(case, path, StlRule.PUBLISHED)))
    show(record_property, "reference cases, setting published", tally, 68)


def compare_loosely(case: dict[str, Any], got: dict[str, Any]) -> tuple[list[str], float]:
    """Compare by the rule of the cases' makers: period and flags equal, expected values within 5 %."""
    problems, farthest = [], 0.0
    for name, value in case["response"].items():
        if name.startswith("expectedValue"):
            ours, theirs = np.atleast_1d(got[name]), np.atleast_1d(value)
            share = np.abs(ours - theirs) / np.maximum(np.abs(theirs), 1e-9)
            farthest = max(farthest, float(share.max()))
            if not farthest <= 0.05:
                problems.append(f"{name} {farthest:.1%} off")
        elif (name == "period" or name.startswith("is")) and got[name] != value:
            problems.append(f"{name} differs")
    return problems, farthest
