"""The compat mode beside the original pipeline: 30 files that it scored, and 5 on which it fails.

The smallest example: `09-one-row` is one row of four sensors without a baseline. No z-score is known yet, the
forest has nothing to split, and the row is not an anomaly.

The cases live outside the project; without them these tests are skipped.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from anomaly_container.detection.batches.compat import score_file
from anomaly_container.detection.forest import _kernels
from tests.conformance.batch_cases import (
    Refused,
    baseline,
    baseline_problems,
    content,
    matrix,
    row_problems,
    summary_problems,
    table,
)
from tests.conformance.cases import FOLDER as ALL_CASES

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = ALL_CASES / "batches"
SCORED, FAILED = 30, 5
REASONS = {
    "31-missing-column": "missing_column",
    "32-empty-file": "empty",
    "33-header-only": "no_rows",
    "34-text-in-a-number": "not_numeric",
    "35-not-utf-8": "bad_encoding",
}

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="no conformance cases: set CONFORMANCE_DIR to their folder"
)


@pytest.fixture(params=["compiled", "numpy"])
def forest_kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Grow the forests once with the compiled kernels and once with their twins in numpy."""
    if request.param == "numpy":
        monkeypatch.setattr(_kernels, "compiled", None)
    elif _kernels.compiled is None:
        pytest.skip("the kernels are not compiled: there was no compiler")
    return str(request.param)


def cases(outcome: Callable[[str], bool]) -> list[tuple[str, list[str]]]:
    """Return name and columns of each case with such an outcome of the original."""
    index = json.loads((FOLDER / "index.json").read_text())
    return [(case["case"], case["columns"]) for case in index if outcome(case["original"])]


def test_every_file_that_the_original_scored(
    forest_kernels: str, record_property: Callable[[str, object], None]
) -> None:
    wrong = []
    scored_cases = cases(lambda original: original == "ok")
    for name, columns in scored_cases:
        folder = FOLDER / name
        values = matrix(*table(content(folder / "input.csv")), columns)
        scored, after = score_file(baseline(folder / "baseline_before.json", columns), values)
        problems = row_problems(folder, columns, scored)
        problems += baseline_problems(folder, columns, after)
        problems += summary_problems(folder, columns, scored, after)
        wrong += [f"{name}: {problem}" for problem in problems]
    agreed = len(scored_cases) - len({line.partition(":")[0] for line in wrong})
    record_property(
        "shown", f"conformance | {forest_kernels:<8} | batches, compat mode | {agreed} of {len(scored_cases)}"
    )
    assert not wrong, "\n".join(wrong)
    assert len(scored_cases) >= SCORED


def test_a_file_on_which_the_original_fails_has_no_matrix() -> None:
    failed = cases(lambda original: original.startswith("fails"))
    assert len(failed) >= FAILED
    for name, columns in failed:
        with pytest.raises(Refused) as refused:
            matrix(*table(content(FOLDER / name / "input.csv")), columns)
        assert str(refused.value) == REASONS.get(name, str(refused.value))


def test_a_wrong_cell_a_wrong_count_and_a_wrong_number_are_seen() -> None:
    folder, names = FOLDER / "02-first-batch-injected", ["temperature", "humidity", "pressure", "wind_speed"]
    values = matrix(*table(content(folder / "input.csv")), names)
    values[0, 0] += 1.0
    scored, after = score_file(baseline(folder / "baseline_before.json", names), values[:-1])
    assert row_problems(folder, names, scored) == ["the number of rows"]
    assert "the count of temperature" in baseline_problems(folder, names, after)
    assert "total_rows of the summary" in summary_problems(folder, names, scored, after)
    scored, after = score_file(baseline(folder / "baseline_before.json", names), values)
    assert "the scores of temperature" in row_problems(folder, names, scored)
    assert "the mean of temperature" in baseline_problems(folder, names, after)
