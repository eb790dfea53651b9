"""The verb `backfill`.

The smallest example: of three objects below `raw/` one is in the ledger already, so two are scored, the older
first, and counted once each.
"""

from __future__ import annotations

import os
from argparse import Namespace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from anomaly_container.cli.batches import backfill as verb
from anomaly_container.outbound.errors import Refused
from anomaly_container.outbound.stored_object import ObjectInfo
from anomaly_container.services.batches.publish import Publisher
from tests.unit.cli.batches.conftest import put, state_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from anomaly_container.services.batches.ledger import Entry

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def info(key: str, modified: datetime = NOON) -> ObjectInfo:
    return ObjectInfo(key, 1, "etag", None, modified)


def chosen(keys: list[str], prefix: str = "", shards: int = 1, shard: int = 0) -> list[str]:
    is_chosen = verb.chosen_by(Namespace(prefix=prefix, since=None, shards=shards, shard=shard))
    return [key for key in keys if is_chosen(info(key))]


def test_what_is_not_in_the_ledger_is_scored_and_counted_once(
    backfill: Callable[..., int], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(folder, "first.csv", 40)
    assert backfill() == 0
    assert capsys.readouterr().out == "1 objects, 40 rows, 0 anomalies, 0 dead letters\n"
    put(folder, "third.csv", 60, odd=True)
    put(folder, "second.csv", 50)
    os.utime(folder / "raw" / "second.csv", (1.0, 1.0))
    (folder / "raw" / "_SUCCESS").touch()
    assert backfill("Concurrency=1") == 0
    assert capsys.readouterr().out == "2 objects, 110 rows, 1 anomalies, 0 dead letters\n"
    state = state_of(folder)
    assert (state.files, state.rows, state.anomalies) == (3, 150, 1)
    assert all(entry.published for entry in state.ledger.entries.values())
    assert sorted(path.name for path in (folder / "processed").glob("*.csv")) == [
        "first.csv",
        "second.csv",
        "third.csv",
    ]
    assert (folder / "state" / "baseline.json").is_file()
    # One container, as its directory stays; 40, 50 and 60 rows of two columns are one thousand begun each.
    [line] = state.usage.values()
    assert (line.batches, line.points) == (3, 3)
    assert backfill() == 0
    assert capsys.readouterr().out == "0 objects, 0 rows, 0 anomalies, 0 dead letters\n"


def test_a_bad_object_becomes_a_dead_letter_and_the_exit_code_says_so(
    backfill: Callable[..., int], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(folder, "good.csv", 20)
    (folder / "raw" / "bad.csv").write_text("t,u\n1,2,3\n")
    assert backfill() == 1
    assert capsys.readouterr().out == "2 objects, 20 rows, 0 anomalies, 1 dead letters\n"
    assert [one.reason for one in state_of(folder).ledger.dead_letters()] == ["ragged"]


def test_many_objects_are_all_scored_and_the_usage_is_exact(
    backfill: Callable[..., int], folder: Path, tmp_path: Path
) -> None:
    """Each has 1002 points, so that one of them is two thousand begun."""
    for number in range(40):
        put(folder, f"day{number % 3}/{number}.csv", 501)
    assert backfill("Keep=10") == 0
    state = state_of(folder)
    assert (state.files, state.rows) == (40, 40 * 501)
    [line] = state.usage.values()
    assert (line.batches, line.points) == (40, 80)
    assert len(list((folder / "processed").rglob("*_summary.json"))) == 40
    assert not list((folder / "staging").iterdir())
    assert [path.name for path in (tmp_path / "output").iterdir()] == ["metering-batches-backfill"]


def test_results_that_the_store_refuses_once_are_published_at_the_end(
    backfill: Callable[..., int], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker gives up such an object, whose batch counts."""
    publish = Publisher.publish
    refused: list[str] = []

    async def refuses_once(self: Publisher, entry: Entry) -> None:
        if not refused:
            refused.append(entry.key)
            raise Refused(message="Access is denied.")
        await publish(self, entry)

    monkeypatch.setattr(Publisher, "publish", refuses_once)
    for name in ("a.csv", "b.csv"):
        put(folder, name, 20)
    assert backfill() == 0
    assert len(refused) == 1
    assert all(entry.published for entry in state_of(folder).ledger.batches())
    assert len(list((folder / "processed").glob("*_summary.json"))) == 2


def test_only_the_chosen_objects_are_scored(backfill: Callable[..., int], folder: Path) -> None:
    for name in ("a/1.csv", "a/2.csv", "b/1.csv"):
        put(folder, name, 20)
    os.utime(folder / "raw" / "a" / "1.csv", (1.0, 1.0))
    assert backfill("--prefix", "a/", "--since", "2000-01-01") == 0
    assert [one.key for one in state_of(folder).ledger.batches()] == ["raw/a/2.csv"]


def test_shards_share_the_objects(backfill: Callable[..., int], folder: Path, tmp_path: Path) -> None:
    """Each has a metering directory of its own, so that they can run side by side."""
    for number in range(12):
        put(folder, f"{number}.csv", 20)
    counts = []
    for shard in ("0", "1", "2"):
        assert backfill("--shards", "3", "--shard", shard) == 0
        counts.append(state_of(folder).files)
    assert counts[-1] == 12
    assert 0 < counts[0] < counts[1] < 12
    assert len(list((tmp_path / "output").iterdir())) == 3


def test_every_object_belongs_to_one_shard() -> None:
    keys = [f"raw/{number}.csv" for number in range(200)]
    parts = [chosen(keys, shards=4, shard=shard) for shard in range(4)]
    assert sorted(key for part in parts for key in part) == sorted(keys)
    assert all(30 < len(part) < 70 for part in parts)


@pytest.mark.parametrize("prefix", ["a/x", "raw/a/x"])
def test_a_prefix_may_begin_with_raw(prefix: str) -> None:
    assert chosen(["raw/a/x.csv", "raw/a/y.csv", "raw/x.csv"], prefix) == ["raw/a/x.csv"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--shards", "2", "--shard", "2"), "--shard must be less than --shards.\n"),
        (
            ("Mode=compat",),
            "The state was made in default mode: set Batches:Mode=default, or use another store.\n",
        ),
        (("Columns=x,y",), "The state has other columns than Batches:Columns: "),
    ],
)
def test_what_does_not_fit_is_refused(
    backfill: Callable[..., int],
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    message: str,
) -> None:
    put(folder, "a.csv", 20)
    assert backfill() == 0
    put(folder, "b.csv", 20)
    assert backfill(*words) == 1
    assert message in capsys.readouterr().err
    assert state_of(folder).files == 1


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", ""])
def test_a_time_that_cannot_be_read_is_refused(
    backfill: Callable[..., int], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        backfill("--since", text)
    assert ended.value.code == 1
    assert "argument --since: it must be a time in ISO 8601" in capsys.readouterr().err
