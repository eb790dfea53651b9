"""The verbs on a store that is divided.

The smallest example: `backfill --partition pump` scores `raw/pump/a.csv` and leaves `raw/fan/a.csv`.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from anomaly_container.services.batches.state import decode, encode
from tests.unit.cli.batches.conftest import put

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from anomaly_container.services.batches.state import State

DIVIDED = "Partition=device"


def state_of(folder: Path, name: str) -> State:
    return decode((folder / "partitions" / name / "state" / "batches.json").read_bytes())


@pytest.fixture
def scored(backfill: Callable[..., int], folder: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A store with a batch in each of three partitions."""
    put(folder, "pump/a.csv", 20)
    put(folder, "fan/a.csv", 30, odd=True)
    put(folder, "alone.csv", 40)
    assert backfill(DIVIDED, "--partition", "pump") == 0
    assert capsys.readouterr().out == "1 objects, 20 rows, 0 anomalies, 0 dead letters\n"
    assert not (folder / "processed" / "fan").exists()
    assert backfill(DIVIDED) == 0
    assert capsys.readouterr().out == "2 objects, 70 rows, 1 anomalies, 0 dead letters\n"
    return folder


def test_every_partition_is_recounted(
    scored: Path, run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    right = state_of(scored, "fan")
    path = scored / "partitions" / "fan" / "state" / "batches.json"
    path.write_bytes(encode(replace(right, files=9)))
    assert run("recount", DIVIDED) == 0
    assert capsys.readouterr().out == (
        "_: 1 files, 40 rows, 0 anomalies.\n"
        "fan: 1 files, 30 rows, 1 anomalies.\n"
        "pump: 1 files, 20 rows, 0 anomalies.\n"
    )
    assert state_of(scored, "fan") == replace(right, revision=right.revision + 1)
    assert run("recount", DIVIDED, "--partition", "pump") == 0
    assert capsys.readouterr().out == "pump: 1 files, 20 rows, 0 anomalies.\n"


def test_one_baseline_is_reset(
    scored: Path, run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("reset", "--all", "--yes", DIVIDED) == 1
    assert "Name one partition" in capsys.readouterr().err
    assert run("reset", "--all", "--yes", DIVIDED, "--partition", "fan") == 0
    assert state_of(scored, "fan").model is None
    assert state_of(scored, "pump").model is not None


def test_dead_letters_of_all_partitions(
    backfill: Callable[..., int], run: Callable[..., int], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("pump", "fan"):
        (folder / "raw" / name).mkdir()
        (folder / "raw" / name / "empty.csv").touch()
    assert backfill(DIVIDED) == 1
    capsys.readouterr()
    assert run("retry", DIVIDED) == 2
    assert sorted(line.split()[-1] for line in capsys.readouterr().out.splitlines()) == [
        "raw/fan/empty.csv",
        "raw/pump/empty.csv",
    ]
    assert run("retry", DIVIDED, "raw/fan/empty.csv") == 0
    assert capsys.readouterr().out.startswith("1 object is noted")
    [note] = (folder / "partitions").glob("*/state/inbox/*.json")
    assert note.parts[-4] == "fan"
    assert [one["key"] for one in json.loads(note.read_bytes())["objects"]] == ["raw/fan/empty.csv"]
    assert run("retry", DIVIDED, "raw/nothing.csv") == 1
    assert run("retry", DIVIDED, "--all", "--partition", "pump") == 0


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--partition", "pump"), "--partition needs the setting Partition: the store is not divided."),
        (("--partition", "nowhere", DIVIDED), "The store has no partition nowhere."),
    ],
)
def test_no_such_partition(
    run: Callable[..., int], words: tuple[str, ...], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("recount", *words) == 1
    assert capsys.readouterr().err == f"{problem}\n"


def test_samples_go_to_a_folder(run: Callable[..., int], folder: Path) -> None:
    assert run("produce", "--count", "1", "--partition", "pump") == 0
    assert len(list((folder / "raw" / "pump").iterdir())) == 1
    for name in ("a/b", "..", ""):
        with pytest.raises(SystemExit):
            run("produce", "--count", "1", "--partition", name)
