"""The verb `recount`.

The smallest example: summaries of 20 and of 30 rows, one of them with an anomaly; the totals become 2 files,
50 rows, 1 anomaly.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from anomaly_container.cli.batches.recount import Summary, totals_of
from anomaly_container.services.batches.ledger import Entry, Ledger
from anomaly_container.services.batches.state import State, encode
from tests.unit.cli.batches.conftest import put, state_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def scored(backfill: Callable[..., int], folder: Path) -> Path:
    """A store with two batches."""
    put(folder, "a.csv", 20)
    assert backfill() == 0
    put(folder, "b.csv", 30, odd=True)
    assert backfill() == 0
    return folder


def totals(state: State) -> tuple[int, int, int]:
    return state.files, state.rows, state.anomalies


def test_wrong_totals_are_corrected(
    scored: Path, run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    right = state_of(scored)
    assert totals(right) == (2, 50, 1)
    wrong = replace(right, files=7, rows=1, anomalies=0)
    (scored / "state" / "batches.json").write_bytes(encode(wrong))
    capsys.readouterr()
    assert run("recount") == 0
    assert capsys.readouterr().out == "2 files, 50 rows, 1 anomalies.\n"
    assert state_of(scored) == replace(right, revision=right.revision + 1)


def test_right_totals_are_not_written(scored: Path, run: Callable[..., int]) -> None:
    before = state_of(scored)
    assert run("recount") == 0
    assert state_of(scored) == before


def test_summaries_of_the_original_count(folder: Path, run: Callable[..., int]) -> None:
    """They have no revision."""
    (folder / "processed").mkdir()
    content = {"source_key": "raw/x.csv", "total_rows": 100, "anomaly_count": 6}
    (folder / "processed" / "x_summary.json").write_text(json.dumps(content))
    (folder / "processed" / "y_summary.json").write_text("{")
    (folder / "processed" / "x.csv").write_text("t\n1\n")
    assert run("recount") == 0
    assert totals(state_of(folder)) == (1, 100, 6)


ENTRY = Entry(key="raw/a.csv", etag="e", published=True, revision=5, rows=10, anomalies=1)
BEFORE = State(
    mode="default",
    revision=5,
    ledger=Ledger().with_entries([ENTRY]),
)


def test_what_is_committed_meanwhile_does_not_count() -> None:
    """Neither a new object nor a newer version, whose summary has replaced the one before."""
    summaries = [Summary("raw/b.csv", 6, 20, 2), Summary("raw/a.csv", 7, 30, 3)]
    assert totals_of(summaries, BEFORE) == (1, 10, 1)


def test_what_is_not_yet_published_counts() -> None:
    ledger = Ledger().with_entries([replace(ENTRY, published=False)])
    assert totals_of([], replace(BEFORE, ledger=ledger)) == (1, 10, 1)


def test_of_several_versions_the_newest_counts() -> None:
    newer = replace(ENTRY, etag="f", published=False, rows=50)
    ledger = BEFORE.ledger.with_entries([newer])
    assert totals_of([Summary("raw/a.csv", 5, 10, 1)], replace(BEFORE, ledger=ledger)) == (1, 50, 1)


def test_a_summary_that_was_removed_does_not_count() -> None:
    assert totals_of([Summary("raw/b.csv", 1, 20, 2)], BEFORE) == (1, 20, 2)


def test_a_dead_letter_does_not_count() -> None:
    ledger = Ledger().with_entries([Entry(key="raw/a.csv", etag="e", published=True, reason="ragged")])
    assert totals_of([], replace(BEFORE, ledger=ledger)) == (0, 0, 0)
