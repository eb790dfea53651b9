"""The verb `retry`.

The smallest example: `raw/bad.csv` is a dead letter; `retry bad.csv` leaves one note in the inbox, with which
a worker scores the object that has been mended meanwhile.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from anomaly_container.cli.batches.retry import dead_letters
from anomaly_container.outbound.object_store import open_store
from anomaly_container.services.batches.keys import key_id, shard_key
from anomaly_container.services.batches.ledger import Entry, Ledger
from anomaly_container.services.batches.state import State
from tests.unit.cli.batches.conftest import put, state_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def bad(backfill: Callable[..., int], folder: Path) -> Path:
    """A store with one batch and two dead letters."""
    put(folder, "good.csv", 20)
    for name in ("bad.csv", "worse.csv"):
        (folder / "raw" / name).write_text("t,u\n1,2,3\n")
    assert backfill("Concurrency=1") == 1
    return folder


def notes(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_bytes()) for path in (folder / "state" / "inbox").glob("*.json")]


def test_dead_letters_are_listed(
    bad: Path, run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert bad.is_dir()
    capsys.readouterr()
    assert run("retry") == 2
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert sorted(line[1:] for line in lines) == [["ragged", "raw/bad.csv"], ["ragged", "raw/worse.csv"]]


def test_a_store_without_dead_letters_has_none_to_list(
    run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("retry") == 0
    assert run("retry", "--all") == 0
    assert capsys.readouterr().out == "0 objects are noted; a running worker takes them within a minute.\n"


@pytest.mark.parametrize("wanted", ["bad.csv", "raw/bad.csv", key_id("raw/bad.csv")])
def test_one_is_noted_by_its_key_or_its_id(bad: Path, run: Callable[..., int], wanted: str) -> None:
    before = state_of(bad)
    [entry] = [one for one in before.ledger.dead_letters() if one.key == "raw/bad.csv"]
    assert run("retry", wanted) == 0
    [note] = notes(bad)
    assert note["retry"] is True
    assert [one["key"] for one in note["objects"]] == ["raw/bad.csv"]
    assert note["objects"][0]["etag"] == entry.etag
    assert state_of(bad) == before


def test_all_are_noted(bad: Path, run: Callable[..., int]) -> None:
    assert run("retry", "--all") == 0
    [note] = notes(bad)
    assert sorted(one["key"] for one in note["objects"]) == ["raw/bad.csv", "raw/worse.csv"]


def test_what_is_not_a_dead_letter_is_refused(
    bad: Path, run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("retry", "good.csv") == 1
    assert capsys.readouterr().err.endswith("good.csv is not a dead letter.\n")
    assert notes(bad) == []


def found(folder: Path, state: State) -> list[str]:
    """The keys of the dead letters of a store with another state."""

    async def listed() -> list[str]:
        store = open_store(f"file://{folder}")
        try:
            return sorted(one.key for one in await dead_letters(store, state))
        finally:
            await store.close()

    return asyncio.run(listed())


def test_those_that_have_left_the_state_are_found_by_their_files(bad: Path) -> None:
    assert found(bad, State(mode="default")) == ["raw/bad.csv", "raw/worse.csv"]


def test_one_whose_retry_succeeded_is_not_tried_again(bad: Path) -> None:
    """A file of a dead letter stays; state or shards know that this version was scored."""
    etag = next(one.etag for one in state_of(bad).ledger.dead_letters() if one.key == "raw/bad.csv")
    scored = Entry(key="raw/bad.csv", etag=etag, published=True)
    newer = Entry(key="raw/bad.csv", etag="that of another version", published=True)
    assert found(bad, State(mode="default", ledger=Ledger().with_entries([scored]))) == ["raw/worse.csv"]
    assert found(bad, State(mode="default", ledger=Ledger().with_entries([newer]))) == [
        "raw/bad.csv",
        "raw/worse.csv",
    ]
    shard = bad / shard_key("raw/bad.csv")
    shard.parent.mkdir()
    shard.write_text(json.dumps([scored.digest]))
    assert found(bad, State(mode="default", ledger=Ledger(evicted=1))) == ["raw/worse.csv"]


def test_files_that_are_not_dead_letters_are_ignored(bad: Path) -> None:
    for name, text in (("a.json", "{"), ("b.json", "[]"), ("c.json", '{"key": "raw/c.csv"}'), ("d.txt", "d")):
        (bad / "deadletter" / name).write_text(text)
    assert found(bad, State(mode="default")) == ["raw/bad.csv", "raw/worse.csv"]
