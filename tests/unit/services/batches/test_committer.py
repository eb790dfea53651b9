"""The committer: attempts are scored on the newest state, and committed together.

The smallest example: two objects in one group are one revision of the state, the second scored by a baseline
that knows of the first.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pytest

from anomaly_container.services.batches import keys, learnt, reader, staging, state
from anomaly_container.services.batches.attempt import Attempt
from anomaly_container.services.batches.dead_letters import DeadLetterError, Reason
from anomaly_container.services.batches.waiting import Item
from tests.support.batch_process import Process, batches_settings, running, without_pauses
from tests.support.faulty_store import FaultyStore, Objects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anomaly_container.services.batches.attempt import Outcome
    from anomaly_container.services.batches.state import State


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    without_pauses(monkeypatch)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2, "scoring") as found:
        yield found


def rows(seed: int, count: int = 40) -> bytes:
    draw = np.random.default_rng(seed)
    lines = [f"{one:.3f},{two:.3f}" for one, two in draw.normal(size=(count, 2))]
    return "\n".join(["a,b", *lines]).encode()


def attempt(key: str, data: bytes, etag: str = "e1", **words: Any) -> Attempt:  # noqa: ANN401  # fields
    return Attempt(item=Item(key=key, etag=etag), began=0.0, open=lambda: [data], **words)


def process(store: FaultyStore, threads: ThreadPoolExecutor, **words: object) -> Process:
    return Process(store, batches_settings(columns="a,b", **words), threads)


def stored(objects: Objects) -> State:
    return state.decode(objects.data(keys.STATE))


def results(outcomes: list[Outcome]) -> list[str]:
    return [outcome.result for outcome in outcomes]


async def test_a_group_is_one_revision(threads: ThreadPoolExecutor) -> None:
    together, alone = Objects(), Objects()
    one = process(FaultyStore(together), threads).parts.committer
    outcomes = await one.commit([attempt("raw/a.csv", rows(1)), attempt("raw/b.csv", rows(2))], [])
    assert results(outcomes) == ["processed", "processed"]
    other = process(FaultyStore(alone), threads).parts.committer
    await other.commit([attempt("raw/a.csv", rows(1))], [])
    await other.commit([attempt("raw/b.csv", rows(2))], [])
    assert (stored(together).revision, stored(alone).revision) == (1, 2)
    assert stored(together).model == stored(alone).model
    assert [entry.revision for entry in stored(together).ledger.batches()] == [1, 1]
    tables = [
        sorted(data for key, data in objects.written if key.startswith("staging/") and key.endswith(".csv"))
        for objects in (together, alone)
    ]
    assert tables[0] == tables[1]


async def test_what_is_in_a_group_twice_is_committed_once(threads: ThreadPoolExecutor) -> None:
    store = FaultyStore()
    committer = process(store, threads).parts.committer
    group = [
        attempt("raw/a.csv", rows(1)),
        attempt("raw/a.csv", rows(1)),
        attempt("raw/a.csv", rows(2), "e2"),
    ]
    assert results(await committer.commit(group, [])) == ["processed", "duplicate", "processed"]
    assert stored(store.shared).files == 2
    summaries = [
        orjson.loads(data)
        for key, data in store.shared.written
        if key.startswith("staging/") and key.endswith(".json")
    ]
    assert [summary["replaces"] for summary in summaries] == [None, summaries[0]["batch_id"]]


async def test_one_bad_object_does_not_hold_up_its_group(threads: ThreadPoolExecutor) -> None:
    def fails() -> list[bytes]:
        raise ZeroDivisionError

    store = FaultyStore()
    committer = process(store, threads).parts.committer
    broken = Attempt(item=Item(key="raw/c.csv", etag="e"), began=0.0, open=fails)
    known = attempt("raw/d.csv", b"", fault=DeadLetterError(Reason.TOO_BIG))
    group = [attempt("raw/a.csv", b"a,b\n"), attempt("raw/b.csv", rows(1)), broken, known]
    outcomes = await committer.commit(group, [])
    assert results(outcomes) == ["dead_letter", "processed", "failed", "dead_letter"]
    assert isinstance(outcomes[2].error, ZeroDivisionError)
    dead = [(entry.key, entry.reason) for entry in stored(store.shared).ledger.dead_letters()]
    assert dead == [("raw/d.csv", "too_big"), ("raw/a.csv", "no_rows")]
    assert (stored(store.shared).files, stored(store.shared).revision) == (1, 1)


async def test_a_lost_answer_is_recognized_by_the_names_of_the_attempt(threads: ThreadPoolExecutor) -> None:
    store = FaultyStore()
    committer = process(store, threads).parts.committer
    first = attempt("raw/a.csv", rows(1))
    await committer.commit([first], [])
    again = attempt("raw/a.csv", rows(1), names=[*first.names, "another"])
    stranger = attempt("raw/a.csv", rows(1))
    outcomes = await committer.commit([again, stranger], [])
    assert results(outcomes) == ["processed", "duplicate"]
    assert outcomes[0].entry is not None
    assert outcomes[0].entry.attempt == first.names[0]
    assert stored(store.shared).revision == 1


async def test_marks_are_written_with_a_group_or_alone(threads: ThreadPoolExecutor) -> None:
    store = FaultyStore()
    committer = process(store, threads).parts.committer
    [outcome] = await committer.commit([attempt("raw/a.csv", rows(1))], [])
    assert outcome.entry is not None
    await committer.commit([], [outcome.entry])
    assert stored(store.shared).ledger.unpublished() == []
    assert (stored(store.shared).revision, stored(store.shared).files) == (2, 1)


async def test_the_baseline_in_memory_is_that_of_the_store(threads: ThreadPoolExecutor) -> None:
    """Another process that reads the state goes on with the same numbers, to the last digit."""
    for words in ({}, {"mode": "compat"}, {"detectors": "zscore,joint,forest", "half_life": 500.0}):
        models = []
        for fresh in (False, True):
            store = FaultyStore()
            one = process(store, threads, **words).parts.committer
            for number in range(30):
                if fresh:
                    one = process(store, threads, **words).parts.committer
                await one.commit([attempt(f"raw/{number}.csv", rows(number))], [])
            baseline = one.baseline(stored(store.shared))
            assert orjson.dumps(learnt.to_json(baseline)) == orjson.dumps(stored(store.shared).model)
            models.append(orjson.dumps(stored(store.shared).model))
        assert models[0] == models[1]


async def test_a_failed_commit_leaves_no_trace_in_the_baseline(threads: ThreadPoolExecutor) -> None:
    objects = Objects()
    one, other = (process(FaultyStore(objects), threads).parts.committer for _ in range(2))
    await one.commit([attempt("raw/a.csv", rows(1))], [])
    await other.commit([attempt("raw/b.csv", rows(2))], [])
    await one.commit([attempt("raw/c.csv", rows(3))], [])
    alone = Objects()
    committer = process(FaultyStore(alone), threads).parts.committer
    for seed, name in enumerate("abc", 1):
        await committer.commit([attempt(f"raw/{name}.csv", rows(seed))], [])
    assert stored(objects).model == stored(alone).model


async def test_usage_is_counted_in_thousands_begun(threads: ThreadPoolExecutor) -> None:
    store = FaultyStore()
    committer = process(store, threads).parts.committer
    group = [attempt("raw/a.csv", rows(1, 500)), attempt("raw/b.csv", rows(1, 501))]
    await committer.commit([*group, attempt("raw/c.csv", b"")], [])
    line = stored(store.shared).usage["container"]
    assert (line.batches, line.points) == (2, 3)


@pytest.mark.parametrize("mode", ["default", "compat"])
async def test_a_very_long_table_is_merged_if_others_were_faster(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table was scored by an earlier state; what it adds is as if it had come alone."""
    monkeypatch.setattr(reader, "MOST_READ_WHOLE", 20_000)
    monkeypatch.setattr(staging, "LONG_ROWS", 4000)
    store = FaultyStore()
    store.shared.write("raw/long.csv", rows(1, 5000))
    store.shared.write("raw/short.csv", rows(2, 100))
    settings = batches_settings(columns="a,b", mode=mode, block_rows=1000)
    has_scored = asyncio.Event()
    goes_on = asyncio.Event()
    async with running(store, settings) as one, running(store, settings) as other:
        score_ahead = one.parts.committer.score_ahead

        async def slow(long: Attempt) -> None:
            await score_ahead(long)
            has_scored.set()
            await goes_on.wait()

        monkeypatch.setattr(one.parts.committer, "score_ahead", slow)
        await one.parts.waiting.put(Item(key="raw/long.csv"))
        await has_scored.wait()
        await other.work([Item(key="raw/short.csv")])
        goes_on.set()
        await one.idle()
    last = stored(store.shared)
    assert (last.files, last.rows) == (2, 5100)
    assert [entry.key for entry in last.ledger.batches()] == ["raw/long.csv", "raw/short.csv"]
    summary = orjson.loads(store.shared.data("processed/long_summary.json"))
    assert (summary["scored_by_revision"], summary["total_rows"]) == (0, 5000)
    assert summary["revision"] > summary["scored_by_revision"] + 1
    observed = one.parts.mode.observed(one.parts.committer.baseline(last))
    values = np.loadtxt(
        [
            line
            for name in ("short", "long")
            for line in store.shared.data(f"raw/{name}.csv").decode().splitlines()[1:]
        ],
        delimiter=",",
    )
    assert observed.count.tolist() == [5100, 5100]
    assert np.allclose(observed.mean, values.mean(axis=0), rtol=1e-12, atol=1e-15)
    assert np.allclose(observed.deviation(), values.std(axis=0), rtol=1e-12)
    staged = [key for key, _ in store.shared.written if key.startswith("staging/") and key.endswith(".csv")]
    assert len(staged) == 2, "neither was scored twice"
    assert store.shared.keys("staging/") == []


async def test_a_long_table_is_scored_again_if_others_were_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MOST_READ_WHOLE", 20_000)
    store, alone = FaultyStore(), FaultyStore()
    for one in (store, alone):
        one.shared.write("raw/long.csv", rows(1, 5000))
        one.shared.write("raw/short.csv", rows(2, 100))
    settings = batches_settings(columns="a,b")
    async with running(alone, settings) as process_:
        await process_.work([Item(key="raw/short.csv")])
        await process_.work([Item(key="raw/long.csv")])
    async with running(store, settings) as process_:
        score_ahead = process_.parts.committer.score_ahead

        async def slow(long: Attempt) -> None:
            await score_ahead(long)
            while process_.parts.commits.last is None or not process_.parts.commits.last.files:  # noqa: ASYNC110  # nothing tells a test of it
                await asyncio.sleep(0.001)

        monkeypatch.setattr(process_.parts.committer, "score_ahead", slow)
        await process_.work([Item(key="raw/long.csv"), Item(key="raw/short.csv")])
    assert stored(store.shared).model == stored(alone.shared).model
    assert store.shared.data("processed/long.csv") == alone.shared.data("processed/long.csv")
    assert store.shared.keys("staging/") == []


async def test_what_leaves_the_ledger_was_committed_before(threads: ThreadPoolExecutor) -> None:
    """A dead letter that a failed commit had added must not be known as one that was."""
    store = FaultyStore()
    committer = process(store, threads, keep=10).parts.committer
    await committer.commit([attempt(f"raw/{number}.csv", rows(number)) for number in range(12)], [])
    await committer.commit([attempt("raw/x.csv", b""), attempt("raw/y.csv", b"")], [])
    ledger = stored(store.shared).ledger
    assert len(ledger.dead_letters()) == 2
    assert ledger.evicted == 0
    await committer.commit([], ledger.batches())
    assert stored(store.shared).ledger.evicted == 4
