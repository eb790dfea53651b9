"""The worker: from an object that waits to a result that is published.

The smallest example: `raw/a.csv` waits, and a moment later `processed/a.csv` and `processed/a_summary.json`
are there, nothing is left below `staging/`, and the message is finished.
"""

from __future__ import annotations

import asyncio
import gzip
import logging
import time
from typing import TYPE_CHECKING

import orjson
import pytest

from anomaly_container.outbound.errors import Changed, Refused, Unavailable
from anomaly_container.services.batches import account, reader, staging
from anomaly_container.services.batches.dead_letters import Reason
from anomaly_container.services.batches.keys import batch_id
from anomaly_container.services.batches.progress import STAGES
from anomaly_container.services.batches.steps import Step
from anomaly_container.services.batches.waiting import Item
from tests.support.batch_process import batches_settings, running, without_pauses
from tests.support.faulty_store import FaultyStore, Objects

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.services.batches.ledger import Entry
    from anomaly_container.services.batches.state import State
    from tests.support.batch_process import Process

SENTINEL = "tr0ub4dor"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    without_pauses(monkeypatch)


def rows(count: int = 40, *, column: str = "a") -> bytes:
    lines = [f"{i},{20 + i % 7},{5 + i * 3 % 11}" for i in range(count)]
    return "\n".join([f"timestamp,{column},b", *lines]).encode() + b"\n"


class Messages:
    """Which messages are finished."""

    def __init__(self) -> None:
        self.finished: list[str] = []

    def item(self, key: str, etag: str = "", *, is_retry: bool = False) -> Item:
        async def finish() -> None:
            self.finished.append(key)

        return Item(key=key, etag=etag, is_retry=is_retry, finish=finish)


async def worked(store: FaultyStore, *items: Item, **words: object) -> State:
    async with running(store, batches_settings(**words)) as process:
        await process.work(items)
        return await process.parts.commits.current()


def failing(call: str, key: str, error: Exception, times: int = 1) -> Callable[[str, str], None]:
    """Return what raises an error for the first calls of a kind on a key."""
    left = [times]

    def fails(made: str, on: str) -> None:
        if made == call and on.startswith(key) and left[0]:
            left[0] -= 1
            raise error

    return fails


def dead_letters(state: State) -> list[tuple[str, str]]:
    return [(entry.key, entry.reason) for entry in state.ledger.dead_letters()]


async def test_an_object_is_published() -> None:
    store, messages = FaultyStore(), Messages()
    steps: list[Step] = []
    store.shared.write("raw/a.csv", rows())
    async with running(store, batches_settings(), reached=steps.append) as process:
        await process.work([messages.item("raw/a.csv")])
        await process.parts.after_commit.follow()
    assert messages.finished == ["raw/a.csv"]
    assert set(store.shared.keys()) == {
        *("raw/a.csv", "processed/a.csv", "processed/a_summary.json"),
        *("state/batches.json", "state/baseline.json"),
    }
    ordered = [step for step in steps if step is not Step.VIEWED]
    assert ordered == [Step.READ, Step.STAGED, Step.COMMITTED, Step.PUBLISHED, Step.MARKED, Step.CLEARED]
    processed = [key for key, _ in store.shared.written if key.startswith("processed/")]
    assert processed == ["processed/a.csv", "processed/a_summary.json"]


async def test_what_came_compressed_goes_out_compressed() -> None:
    store = FaultyStore()
    store.shared.write("raw/a.csv.gz", gzip.compress(rows()))
    store.shared.write("raw/a.csv", rows())
    await worked(store, Item(key="raw/a.csv.gz"))
    assert gzip.decompress(store.shared.data("processed/a.csv.gz")).startswith(b"timestamp,a,b,a_zscore,")


async def test_a_duplicate_is_finished_and_not_counted() -> None:
    store, messages = FaultyStore(), Messages()
    etag = store.shared.write("raw/a.csv", rows())
    items = [messages.item("raw/a.csv", etag), messages.item("raw/a.csv"), messages.item("raw/a.csv", etag)]
    state = await worked(store, *items)
    assert (state.files, state.rows) == (1, 40)
    assert messages.finished == ["raw/a.csv"] * 3
    await worked(store, messages.item("raw/a.csv", etag))
    assert len(messages.finished) == 4
    assert store.shared.keys("staging/") == []


async def test_a_new_version_is_a_new_batch() -> None:
    store = FaultyStore()
    first = store.shared.write("raw/a.csv", rows())
    await worked(store, Item(key="raw/a.csv", etag=first))
    second = store.shared.write("raw/a.csv", rows(50))
    state = await worked(store, Item(key="raw/a.csv", etag=second), Item(key="raw/a.csv", etag=first))
    assert (state.files, state.rows) == (2, 90)
    assert len(store.shared.data("processed/a.csv").splitlines()) == 51
    summary = orjson.loads(store.shared.data("processed/a_summary.json"))
    assert summary["replaces"] == state.ledger.batches()[1].id


async def test_an_older_event_takes_the_newer_version() -> None:
    store, messages = FaultyStore(), Messages()
    first = store.shared.write("raw/a.csv", rows())
    second = store.shared.write("raw/a.csv", rows(50))
    state = await worked(store, messages.item("raw/a.csv", first), messages.item("raw/a.csv", second))
    assert (state.files, state.rows) == (1, 50)
    assert len(messages.finished) == 2


@pytest.mark.parametrize(
    ("key", "data", "reason"),
    [
        ("raw/a.csv", b"", "empty"),
        ("raw/a.csv", b"timestamp,a,b\n", "no_rows"),
        ("raw/a.csv", b"timestamp,a,b\n1,2,3,4\n", "ragged"),
        ("raw/a.csv", b"x,y\n1,2\n", "no_columns"),
        ("raw/a.csv", b"a,b\nx,1\ny,2\n3,3\n", "not_numeric"),
        ("raw/a.csv.gz", b"a,b\n1,2\n", "corrupt"),
        ("raw/a.csv", b"a,b\n" + b"1,2\n" * 1000, "too_big"),
        ("raw/a.csv", b"a,b,c,d,e\n1,2,3,4,5\n", "too_many_columns"),
        ("raw/a.parquet", b"PAR1", "no_parquet"),
        ("raw/b.csv", b"a,b\n1,2\n", "gone"),
        ("raw//a.csv", b"a,b\n1,2\n", "bad_key"),
    ],
)
async def test_dead_letters(key: str, data: bytes, reason: str) -> None:
    store, messages = FaultyStore(), Messages()
    store.shared.write("raw/a.csv" if reason == "gone" else key, data)
    state = await worked(
        store, messages.item(key), columns="a,b", max_columns=4, max_rows=100, max_bytes=4096, max_cell=64
    )
    assert dead_letters(state) == [(key, reason)]
    [letter] = store.shared.keys("deadletter/")
    assert orjson.loads(store.shared.data(letter))["reason"] == reason
    assert messages.finished == [key]
    assert store.shared.keys("processed/") == store.shared.keys("staging/") == []
    assert state.files == 0
    again = await worked(store, messages.item(key), columns="a,b")
    assert again.revision == (state.revision if reason == "bad_key" else again.revision)


async def test_a_dead_letter_is_tried_again_only_by_a_retry() -> None:
    store = FaultyStore()
    etag = store.shared.write("raw/a.csv", b"a,b\n")
    await worked(store, Item(key="raw/a.csv", etag=etag))
    state = await worked(store, Item(key="raw/a.csv", etag=etag))
    assert state.revision == 1
    store.shared.objects["raw/a.csv"] = rows(), etag, store.shared.objects["raw/a.csv"][2]
    state = await worked(
        store, Item(key="raw/a.csv", etag=etag), Item(key="raw/a.csv", etag=etag, is_retry=True)
    )
    assert (state.files, dead_letters(state)) == (1, [])
    state = await worked(store, Item(key="raw/a.csv", etag=etag, is_retry=True))
    assert state.files == 1


async def test_a_retry_of_a_batch_that_has_left_the_ledger_is_a_duplicate() -> None:
    store = FaultyStore()
    etag = store.shared.write("raw/a.csv", rows())
    items = [Item(key="raw/a.csv", etag=etag)]
    for number in range(24):
        store.shared.write(f"raw/{number}.csv", rows())
        items.append(Item(key=f"raw/{number}.csv"))
    async with running(store, batches_settings(keep=10)) as process:
        for item in items:
            await process.work([item])
        state = await process.parts.commits.current()
        assert state.ledger.find("raw/a.csv", etag) is None
        await process.work([Item(key="raw/a.csv", etag=etag, is_retry=True)])
        await process.work([Item(key="raw/a.csv", etag=etag), Item(key="raw/a.csv")])
        assert (await process.parts.commits.current()).files == 25
    # So it is for another process, which has not seen the batch.
    assert (await worked(store, Item(key="raw/a.csv", etag=etag, is_retry=True), keep=10)).files == 25


@pytest.mark.parametrize("call", ["open", "put", "create", "update", "delete"])
@pytest.mark.parametrize("is_done", [False, True])
async def test_an_outage_loses_nothing_and_doubles_nothing(call: str, is_done: bool) -> None:
    store, messages = FaultyStore(), Messages()
    fails = failing(call, "", Unavailable(message="away"), times=3)
    if is_done:
        store.after = fails
    else:
        store.before = fails
    for number in range(4):
        store.shared.write(f"raw/{number}.csv", rows())
    state = await worked(store, *(messages.item(f"raw/{number}.csv") for number in range(4)))
    assert (state.files, state.rows) == (4, 160)
    assert sorted(messages.finished) == [f"raw/{number}.csv" for number in range(4)]
    assert len(store.shared.keys("processed/")) == 8
    assert not state.ledger.unpublished()


@pytest.mark.parametrize("most", [1 << 20, 100])
async def test_an_object_that_cannot_be_read_is_a_dead_letter(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "MOST_READ_WHOLE", most)
    call = "open" if most > 100 else "piece"
    store = FaultyStore(before=failing(call, "raw/a", Refused(message="denied"), times=99))
    for name in ("a", "b"):
        store.shared.write(f"raw/{name}.csv", rows())
    state = await worked(store, Item(key="raw/a.csv"), Item(key="raw/b.csv"))
    assert dead_letters(state) == [("raw/a.csv", "store_refused")]
    assert state.files == 1


async def test_a_store_that_refuses_to_write_is_waited_for() -> None:
    store = FaultyStore()
    fails = failing("put", "", Refused(message="denied"), times=4)
    other = failing("create", "state/", Refused(message="denied"), times=4)
    store.before = lambda call, key: (fails(call, key), other(call, key))[0]
    store.shared.write("raw/a.csv", rows())
    store.shared.write("raw/b.csv", b"")
    state = await worked(store, Item(key="raw/a.csv"), Item(key="raw/b.csv"))
    assert (state.files, dead_letters(state)) == (1, [("raw/b.csv", "empty")])


async def test_results_that_cannot_be_written_wait_for_a_repair() -> None:
    store, messages = FaultyStore(), Messages()
    store.before = failing("create", "processed/a", Refused(message="in the way"), times=1)
    for name in ("a", "b"):
        store.shared.write(f"raw/{name}.csv", rows())
    async with running(store, batches_settings()) as process:
        await process.work([messages.item("raw/a.csv"), messages.item("raw/b.csv")])
        state = await process.parts.commits.current()
        assert [entry.key for entry in state.ledger.unpublished()] == ["raw/a.csv"]
        assert messages.finished == ["raw/b.csv"]
        await process.parts.repair.publish(0.0)
        assert not (await process.parts.commits.current()).ledger.unpublished()
    assert len(store.shared.keys("processed/")) == 4
    assert store.shared.keys("staging/") == []


async def test_an_object_that_changes_all_the_time_is_a_dead_letter() -> None:
    store = FaultyStore(before=failing("piece", "raw/a", Changed(), times=99))
    store.shared.write("raw/a.csv", rows())
    state = await worked(store, Item(key="raw/a.csv"), attempts=3)
    assert dead_letters(state) == [("raw/a.csv", "changed")]
    [letter] = store.shared.keys("deadletter/")
    assert orjson.loads(store.shared.data(letter))["attempts"] == 3


async def test_a_failure_for_no_known_reason(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError(SENTINEL)

    store = FaultyStore()
    for name in ("a", "b"):
        store.shared.write(f"raw/{name}.csv", rows())
    monkeypatch.setattr(staging, "_joined", fails)
    with caplog.at_level(logging.DEBUG):
        state = await worked(store, Item(key="raw/a.csv"), attempts=2)
    assert dead_letters(state) == [("raw/a.csv", Reason.FAILED)]
    assert "ZeroDivisionError" in caplog.text
    assert SENTINEL not in caplog.text
    assert "raw/a.csv" not in caplog.text


async def test_no_cell_and_no_key_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    store = FaultyStore()
    good = rows() + f"{SENTINEL},20,5\n".encode()
    texts = {
        "good": good,
        "bad": f"a,b\n{SENTINEL},{SENTINEL}\n".encode(),
        "long": f"a,b\n1,2,{SENTINEL}\n".encode(),
    }
    for name, data in texts.items():
        store.shared.write(f"raw/{SENTINEL}-{name}.csv", data)
    with caplog.at_level(logging.DEBUG):
        state = await worked(
            store, *(Item(key=f"raw/{SENTINEL}-{name}.csv") for name in texts), columns="a,b"
        )
    assert (state.files, len(dead_letters(state))) == (1, 2)
    assert SENTINEL not in caplog.text
    details = [orjson.loads(store.shared.data(key))["detail"] for key in store.shared.keys("deadletter/")]
    assert SENTINEL not in str(details)


def test_a_long_table_is_scored_as_a_short_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(mode: str, most: int) -> tuple[bytes, object, Entry]:
        monkeypatch.setattr(reader, "MOST_READ_WHOLE", most)
        store = FaultyStore()
        for name in ("a", "b"):
            store.shared.write(f"raw/{name}.csv", rows(5000))
        for name in ("a", "b"):
            item = Item(key=f"raw/{name}.csv")
            state = asyncio.run(worked(store, item, mode=mode, columns="a,b", block_rows=1000))
        return store.shared.data("processed/b.csv"), state.model, state.ledger.batches()[0]

    for mode in ("default", "compat"):
        table, model, entry = run(mode, 1 << 20)
        long_table, long_model, long_entry = run(mode, 1000)
        assert long_table == table
        assert long_model == model
        assert (long_entry.rows, long_entry.counts) == (entry.rows, entry.counts)


async def test_a_long_table_that_is_refused_half_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MOST_READ_WHOLE", 1000)
    store = FaultyStore()
    store.shared.write("raw/a.csv", rows(200_000) + b"1,2,3,4,5\n" + rows(200_000))
    store.shared.write("raw/b.csv", rows())
    for mode in ("default", "compat"):
        objects = Objects()
        objects.objects = {
            key: value for key, value in store.shared.objects.items() if key.startswith("raw/")
        }
        state = await worked(
            FaultyStore(objects), Item(key="raw/a.csv"), Item(key="raw/b.csv"), mode=mode, columns="a,b"
        )
        assert dead_letters(state) == [("raw/a.csv", "ragged")]
        assert state.files == 1
        assert objects.keys("staging/") == []


@pytest.mark.parametrize("mode", ["default", "compat"])
async def test_a_worker_that_is_stopped_in_a_long_table_ends_soon(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "MOST_READ_WHOLE", 1000)
    store = FaultyStore()
    store.shared.write("raw/a.csv", rows(300_000))
    pieces = 0

    def counted(call: str, _key: str) -> None:
        nonlocal pieces
        pieces += call == "piece"

    store.before = counted
    async with running(store, batches_settings(mode=mode, columns="a,b")) as process:
        await process.parts.waiting.put(Item(key="raw/a.csv"))
        while pieces < 2:  # noqa: ASYNC110  # nothing tells a test of it
            await asyncio.sleep(0.001)
        began = time.monotonic()
    # Leaving has ended the tasks and waited for the threads.
    assert time.monotonic() - began < 2.0
    assert "state/batches.json" not in store.shared.objects


async def test_an_object_waits_again_if_its_worker_ends() -> None:
    store, messages = FaultyStore(), Messages()
    store.shared.write("raw/a.csv", rows())
    away = True

    def fails(call: str, _key: str) -> None:
        if call == "open" and away:
            raise Unavailable(message="away")

    store.before = fails
    async with running(store, batches_settings()) as process:
        await process.parts.waiting.put(messages.item("raw/a.csv"))
        await asyncio.sleep(0.02)
        await process.kill()
        away = False
        process.start()
        await process.idle()
    assert messages.finished == ["raw/a.csv"]


@pytest.mark.parametrize("is_long", [False, True])
async def test_the_progress_of_a_batch_is_seen_and_its_stages_are_logged(
    is_long: bool, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(account, "SECONDS_OF_LONG_WORK", -1.0)
    monkeypatch.setattr(reader, "MOST_READ_WHOLE", 10 if is_long else 1 << 20)
    store, data, seen = FaultyStore(), rows(), []
    etag = store.shared.write("raw/a.csv", data)

    processes: list[Process] = []

    def look(step: Step) -> None:
        if step is Step.STAGED:
            [one] = processes
            one.parts.worker.account.tell_of_long(one.parts.worker.working)
            for batch, attempt in one.parts.worker.working.items():
                seen.append((batch, attempt.progress.rows, attempt.progress.bytes_read, attempt.is_short))

    async with running(store, batches_settings(), reached=look) as process:
        processes.append(process)
        await process.work([Item(key="raw/a.csv")])
        assert process.parts.worker.working == {}
    assert seen == [(batch_id("raw/a.csv", etag), 40, len(data), not is_long)]
    facts = {
        record.getMessage(): record.__dict__["facts"]
        for record in caplog.records
        if "facts" in record.__dict__
    }
    still, scored = facts["Still scoring a batch."], facts["Scored a batch."]
    assert (still["rows"], still["bytes_read"], still["bytes"]) == (40, len(data), len(data))
    assert still["key"] != "raw/a.csv"
    assert all(scored[f"{stage}_ms"] >= 0 for stage in STAGES)
    assert scored["score_ms"] > 0
    assert scored["commit_ms"] > 0
