"""Scoring and staging of attempts.

The smallest example: a scored attempt has one name, under which `staging/` has its table.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from anomaly_container.services.batches import staging
from anomaly_container.services.batches.attempt import Attempt
from anomaly_container.services.batches.dead_letters import DeadLetterError
from anomaly_container.services.batches.ledger import Entry, Ledger
from anomaly_container.services.batches.modes import mode_of
from anomaly_container.services.batches.scored import Scored
from anomaly_container.services.batches.staging import UNKNOWN, Stage, may_commit
from anomaly_container.services.batches.state import State
from anomaly_container.services.batches.waiting import Item
from tests.support.batch_process import batches_settings
from tests.support.faulty_store import FaultyStore

if TYPE_CHECKING:
    from collections.abc import Iterator

STATE = State(mode="default", columns=("a",), revision=4)
TABLE = b"a\n" + b"".join(b"%d\n" % (number % 7) for number in range(40))


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1, "scoring") as found:
        yield found


def attempt(data: bytes = TABLE, **words: Any) -> Attempt:  # noqa: ANN401  # fields
    return Attempt(item=Item(key="raw/a.csv", etag="e"), began=0.0, open=lambda: [data], **words)


def stage(store: FaultyStore, threads: ThreadPoolExecutor) -> Stage:
    return Stage(store, mode_of(batches_settings(columns="a")), threads, lambda: 60.0)


@pytest.mark.parametrize("is_short", [True, False])
async def test_a_table_and_its_summary(is_short: bool, threads: ThreadPoolExecutor) -> None:
    store, one = FaultyStore(), attempt(is_short=is_short)
    await stage(store, threads).score(one, STATE, None)
    [name] = one.names
    assert store.shared.keys() == [f"staging/{name}.csv"]
    assert one.revision == 4
    assert one.scored is not None
    assert (one.scored.rows, one.scored.increment is None) == (40, is_short)
    earlier = Entry(key="raw/a.csv", etag="e0", attempt="x")
    state = replace(STATE, ledger=Ledger().with_entries([earlier]))
    entry = await stage(store, threads).stage_summary(one, state)
    assert (entry.attempt, entry.revision, entry.rows) == (name, 5, 40)
    assert entry.processed_at == "1970-01-01T00:01:00.000000"
    summary = orjson.loads(store.shared.data(f"staging/{name}.json"))
    assert (summary["replaces"], summary["revision"], summary["scored_by_revision"]) == (earlier.id, 5, 4)


async def test_a_short_object_with_a_long_table_is_staged_in_pieces(
    threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, pieces = FaultyStore(), FaultyStore()
    one, other = attempt(), attempt()
    await stage(whole, threads).score(one, STATE, None)
    monkeypatch.setattr(staging, "MOST_IN_MEMORY", 100)
    await stage(pieces, threads).score(other, STATE, None)
    assert not other.is_short
    assert other.scored is not None
    assert other.scored.increment is not None
    [key] = pieces.shared.keys()
    assert key == f"staging/{other.names[-1]}.csv"
    assert pieces.shared.data(key) == whole.shared.data(f"staging/{one.names[0]}.csv")


@pytest.mark.parametrize("is_short", [True, False])
async def test_a_table_that_is_refused_leaves_nothing(is_short: bool, threads: ThreadPoolExecutor) -> None:
    store, one = FaultyStore(), attempt(TABLE + b"1,2\n", is_short=is_short)
    with pytest.raises(DeadLetterError):
        await stage(store, threads).score(one, STATE, None)
    assert one.scored is None
    assert store.shared.written == []


def scored(rows: int, *, increment: object = "x", columns: tuple[str, ...] = ("a",)) -> Scored:
    return Scored(columns=columns, learnt=None, increment=increment, rows=rows, anomalies=0, observations={})


def test_what_may_be_committed_as_it_was_scored() -> None:
    long = scored(100_001)
    one = attempt(is_short=False, scored=long, revision=4)
    assert may_commit(one, STATE, is_first=True)
    assert may_commit(one, replace(STATE, revision=5), is_first=True), "it is merged"
    assert may_commit(one, STATE, is_first=False), "it is merged"
    assert not may_commit(attempt(), STATE, is_first=True)
    assert not may_commit(attempt(scored=long, revision=4), STATE, is_first=True), (
        "short ones are scored again"
    )
    later = replace(STATE, revision=5)
    for other in (scored(100_000), scored(100_001, increment=None), scored(100_001, columns=("a", "b"))):
        one = attempt(is_short=False, scored=other, revision=4)
        assert may_commit(one, STATE, is_first=True)
        assert not may_commit(one, later, is_first=True)
    assert not may_commit(attempt(is_short=False, scored=scored(5), revision=UNKNOWN), STATE, is_first=True)
