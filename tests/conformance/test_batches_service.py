"""The public cases of batches as objects of a folder: what the service leaves there in compat mode.

The smallest example: `33-header-only` becomes a dead letter of the reason `no_rows`; nothing is below
`processed/`, and the baseline is as it was.

The cases live outside the project; without them these tests are skipped.
"""

from __future__ import annotations

import csv
import io
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from anomaly_container.outbound.folder_store import FolderStore
from anomaly_container.services.batches import keys
from anomaly_container.services.batches.working import prepare
from tests.conformance.batch_cases import CELL, GAPS, MEAN, STD_OF_MEAN, STD_OF_STD, content
from tests.conformance.cases import FOLDER as ALL_CASES
from tests.conformance.test_batches import REASONS
from tests.support.batch_process import batches_settings, running

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = ALL_CASES / "batches"
CASES: list[dict[str, Any]] = (
    json.loads((FOLDER / "index.json").read_text()) if (FOLDER / "index.json").is_file() else []
)
SCORED = [case for case in CASES if case["original"] == "ok"]
FAILED = [case for case in CASES if case["original"] != "ok"]
TEXTS = ("_zscore_flag", "if_label", "if_score", "if_flag", "anomaly")
RELATIVE = 1e-12

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="no conformance cases: set CONFORMANCE_DIR to their folder"
)


def name_of(case: dict[str, Any]) -> str:
    return str(case["case"])


async def run(case: dict[str, Any], root: Path) -> Path:
    """Put a case into a folder, work on it, and return the folder."""
    source = FOLDER / case["case"]
    (root / "raw").mkdir()
    (root / keys.RAW / f"{case['case']}.csv").write_bytes(content(source / "input.csv"))
    before = source / "baseline_before.json"
    if before.exists():
        (root / "state").mkdir()
        (root / keys.VIEW).write_bytes(before.read_bytes())
    store = FolderStore(root)
    try:
        settings = batches_settings(mode="compat", columns=",".join(case["columns"]))
        async with running(store, settings) as process:
            await prepare(process.parts)
            assert await process.parts.listing.look() == 1
            await process.idle()
            await process.parts.after_commit.follow()
    finally:
        await store.close()
    return root


@pytest.mark.parametrize("case", SCORED, ids=name_of)
async def test_the_results_are_those_of_the_original(case: dict[str, Any], tmp_path: Path) -> None:
    root, source = await run(case, tmp_path), FOLDER / case["case"]
    ours = list(csv.reader(io.StringIO((root / "processed" / f"{case['case']}.csv").read_text(), newline="")))
    theirs = list(csv.reader(io.StringIO(content(source / "processed.csv").decode(), newline="")))
    assert table_problems(ours, theirs, added=2 * len(case["columns"]) + 4) == []
    summary = json.loads((root / "processed" / f"{case['case']}_summary.json").read_text())
    expected = json.loads((source / "summary.json").read_text())
    for name in ("total_rows", "anomaly_count", "anomaly_rate", "baseline_observation_counts"):
        assert summary[name] == expected[name]
    assert list(summary)[: len(expected)] == list(expected)
    view = json.loads((root / keys.VIEW).read_text())
    assert view["last_updated"] == summary["processed_at"]
    assert baseline_problems(view, json.loads((source / "baseline_after.json").read_text())) == []
    assert not (root / "deadletter").exists()


@pytest.mark.parametrize("case", FAILED, ids=name_of)
async def test_a_file_on_which_the_original_fails_is_a_dead_letter(
    case: dict[str, Any], tmp_path: Path
) -> None:
    root = await run(case, tmp_path)
    [letter] = (root / "deadletter").rglob("*.json")
    assert json.loads(letter.read_text())["reason"] == REASONS[case["case"]]
    assert not (root / "processed").exists()
    before = FOLDER / case["case"] / "baseline_before.json"
    if before.exists():
        assert json.loads((root / keys.VIEW).read_text()) == json.loads(before.read_text())
    else:
        assert not (root / keys.VIEW).exists()


def test_there_are_35_cases() -> None:
    assert (len(SCORED), len(FAILED)) == (30, 5)
    assert {name_of(case) for case in FAILED} == set(REASONS)


def test_a_wrong_cell_and_a_wrong_baseline_are_seen() -> None:
    right = [["a", "a_zscore", "anomaly"], ["1.0", "0.5", "False"]]
    assert table_problems([["a", "a_zscore", "anomaly"], ["1", "0.5001", "False"]], right, added=2) == []
    for row in (["2", "0.5", "False"], ["1", "0.51", "False"], ["1", "", "False"], ["1", "0.5", "True"]):
        assert len(table_problems([right[0], row], right, added=2)) == 1
    known = {"count": 2, "mean": 1.0, "M2": 2.0, "std": 1.0}
    assert baseline_problems({"a": known}, {"a": known}) == []
    assert baseline_problems({"a": known | {"mean": 1.1}}, {"a": known}) == ["the mean of a"]
    assert baseline_problems({}, {"a": known})[0] == "the columns"


def table_problems(ours: list[list[str]], theirs: list[list[str]], *, added: int) -> list[str]:
    """Compare two tables by the README of the cases."""
    ours = [row for row in ours if row]
    renamed = [name.partition(".")[0] for name in theirs[0]]
    if ours[0] not in (theirs[0], renamed):
        return ["the header"]
    if len(ours) != len(theirs):
        return ["the number of rows"]
    inputs = len(theirs[0]) - added
    problems = []
    for line, (row, other) in enumerate(zip(ours[1:], theirs[1:], strict=True), 2):
        mine = [*row, *[""] * (len(other) - len(row))]
        for place, (name, one, two) in enumerate(zip(theirs[0], mine, other, strict=True)):
            same = is_same_input(one, two) if place < inputs else is_same_score(name, one, two)
            problems += [] if same else [f"{name} of line {line}: {one!r} for {two!r}"]
    return problems


def is_same_input(one: str, two: str) -> bool:
    if one in GAPS or two in GAPS:
        return one in GAPS and two in GAPS
    if one == two:
        return True
    with suppress(ValueError):
        return abs(float(one) - float(two)) <= RELATIVE * abs(float(two))
    return False


def is_same_score(name: str, one: str, two: str) -> bool:
    if name.endswith(TEXTS) or not one or not two:
        return one == two
    # Both are rounded to four decimals: neighbours are a little more than 1e-4 apart.
    return abs(float(one) - float(two)) <= CELL * 1.000001


def baseline_problems(ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    problems = [] if ours.keys() == theirs.keys() else ["the columns"]
    for name in theirs.keys() - {"last_updated"}:
        mine, other = ours.get(name, {"count": 0, "mean": 0.0, "std": 0.0}), theirs[name]
        near = {
            "count": 0.0,
            "mean": MEAN * abs(other["mean"]),
            "std": STD_OF_STD * other["std"] + STD_OF_MEAN * abs(other["mean"]),
        }
        problems += [f"the {part} of {name}" for part in near if abs(mine[part] - other[part]) > near[part]]
    return problems
