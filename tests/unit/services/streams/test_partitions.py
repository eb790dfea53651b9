"""Commits and snapshots of partitions.

The smallest example: of ten events of which the sink has acknowledged seven, seven are committed, and the
snapshot that was taken at ten is written when ten are committed.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from anomaly_container.services.streams.events import Record
from anomaly_container.services.streams.partitions import Hooks, Partitions
from anomaly_container.services.streams.sources import Batch

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from anomaly_container.services.streams.sources import Position


class Around(Hooks):
    """The source, the holder, the sinks and the snapshots of a test, in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[int, bytes]] = {}
        self.at: dict[str, int] = {}
        self.acknowledged_at: dict[str, int] = {}
        self.commits: list[dict[str, int]] = []
        self.happened: list[str] = []
        self.is_member = True
        self.disk_is_full = False
        self.now = 0.0

    # The source.

    async def commit(self, offsets: Mapping[str, int]) -> bool:
        if self.is_member:
            self.commits.append(dict(offsets))
            self.happened.append("commit")
        return self.is_member

    # The holder.

    def begin(self, name: str, document: bytes | None, *, anew: bool) -> Position | None:
        self.at[name] = int(document) if document is not None and not anew else 0
        return {"offset": self.at[name]} if document is not None and not anew else None

    def offset(self, name: str) -> int:
        return self.at[name]

    def place(self, name: str, offset: int) -> None:
        self.at[name] = offset

    def document(self, name: str) -> bytes:
        return b"%d" % self.at[name]

    def drop(self, name: str) -> None:
        del self.at[name]

    # The sinks.

    def acknowledged(self, name: str) -> int | None:
        return self.acknowledged_at.get(name)

    async def drained(self, names: Collection[str], seconds: float) -> bool:  # noqa: ARG002  # nothing to wait for
        return all(self.acknowledged_at.get(name, self.at[name]) == self.at[name] for name in names)

    def forget(self, names: Collection[str]) -> None:
        for name in names:
            self.acknowledged_at.pop(name, None)

    # The snapshots.

    async def load(self, names: Iterable[str]) -> Mapping[str, bytes]:
        return {name: self.kept[name][1] for name in names if name in self.kept}

    async def load_all(self) -> Mapping[str, bytes]:
        return await self.load(self.kept)

    async def save(self, name: str, offset: int, document: bytes) -> None:
        if self.disk_is_full:
            raise OSError(28, "No space left on device")
        self.kept[name] = offset, document
        self.happened.append("save")

    # The hooks.

    async def before_saving(self) -> None:
        self.happened.append("before")

    async def saved(self, name: str, document: bytes) -> None:  # noqa: ARG002  # of the protocol
        self.happened.append("saved")


@pytest.fixture
def around() -> Around:
    return Around()


@pytest.fixture
def partitions(around: Around) -> Partitions:
    return Partitions(
        source=around,  # type: ignore[arg-type]  # only `commit` is called
        holder=around,
        delivery=around,  # type: ignore[arg-type]  # only three methods are called
        snapshots=around,
        seconds=10.0,
        release_seconds=0.2,
        clock=lambda: around.now,
        hooks=around,
    )


async def test_a_snapshot_is_written_right_after_the_commit_of_its_offset(
    around: Around, partitions: Partitions
) -> None:
    await partitions.acquire({"a-0": 0})
    around.at["a-0"], around.acknowledged_at["a-0"], around.now = 10, 7, 11.0
    await partitions.settle()
    assert around.commits == [{"a-0": 7}]
    assert around.kept == {}
    around.at["a-0"], around.acknowledged_at["a-0"] = 15, 12
    await partitions.settle()
    assert around.commits == [{"a-0": 7}, {"a-0": 10}]
    assert around.kept == {"a-0": (10, b"10")}
    assert around.happened == ["commit", "commit", "before", "save", "saved"]
    await partitions.settle()
    assert around.commits[-1] == {"a-0": 12}


async def test_a_member_that_was_put_out_writes_no_snapshot(around: Around, partitions: Partitions) -> None:
    await partitions.acquire({"a-0": 0})
    around.at["a-0"] = around.acknowledged_at["a-0"] = 10
    around.now, around.is_member = 11.0, False
    await partitions.settle()
    await partitions.release(["a-0"])
    assert around.kept == {}
    assert around.at == {}


async def test_what_lies_below_the_committed_offset_is_muted_and_not_committed_again(
    around: Around, partitions: Partitions
) -> None:
    around.kept["a-0"] = 5, b"5"
    assert await partitions.acquire({"a-0": 9}) == {"a-0": {"offset": 5}}
    assert partitions.muted("a-0") == 9
    around.at["a-0"], around.acknowledged_at["a-0"], around.now = 7, 7, 11.0
    await partitions.settle()
    assert around.commits == []
    around.at["a-0"] = around.acknowledged_at["a-0"] = 9
    await partitions.settle()
    assert around.commits == [{"a-0": 9}]
    assert around.kept["a-0"] == (9, b"9")


async def test_an_offset_that_was_set_back_begins_the_state_anew(
    around: Around, partitions: Partitions, caplog: pytest.LogCaptureFixture
) -> None:
    around.kept["a-0"] = 50, b"50"
    assert await partitions.acquire({"a-0": 9}) == {}
    assert partitions.muted("a-0") == 9
    assert "set back" in caplog.text


async def test_without_a_committed_offset_the_snapshot_says_where_to_begin(
    around: Around, partitions: Partitions
) -> None:
    around.kept["a-0"] = 5, b"5"
    assert await partitions.acquire({"a-0": None}) == {"a-0": {"offset": 5}}
    assert partitions.muted("a-0") == 5


async def test_a_first_snapshot_is_there_before_the_first_commit(
    around: Around, partitions: Partitions
) -> None:
    await partitions.acquire({"a-0": None})
    batch = Batch([Record("a-0-3", "a-0", 3, 4, b"")], {"a-0": {"offset": 4}})
    await partitions.begin(batch)
    await partitions.begin(batch)
    assert around.happened == ["save"]
    assert around.kept == {"a-0": (3, b"3")}


async def test_a_full_disk_leaves_the_snapshot_before_in_force(
    around: Around, partitions: Partitions, caplog: pytest.LogCaptureFixture
) -> None:
    around.kept["a-0"] = 5, b"5"
    await partitions.acquire({"a-0": 5})
    around.at["a-0"] = around.acknowledged_at["a-0"] = 10
    around.now, around.disk_is_full = 11.0, True
    await partitions.settle()
    assert around.kept["a-0"] == (5, b"5")
    assert around.commits == [{"a-0": 10}]
    assert "No space left on device" in caplog.text
    around.now, around.disk_is_full = 22.0, False
    around.at["a-0"] = around.acknowledged_at["a-0"] = 11
    await partitions.settle()
    assert around.kept["a-0"] == (11, b"11")


async def test_a_release_commits_and_snapshots_what_was_acknowledged(
    around: Around, partitions: Partitions
) -> None:
    await partitions.acquire({"a-0": 0, "a-1": 0})
    around.at |= {"a-0": 4, "a-1": 6}
    around.acknowledged_at |= {"a-0": 4, "a-1": 6}
    await partitions.release(["a-0", "a-1"])
    assert around.kept == {"a-0": (4, b"4"), "a-1": (6, b"6")}
    assert partitions.names == []


async def test_a_release_does_not_wait_for_ever_for_a_sink_without_room(
    around: Around, partitions: Partitions
) -> None:
    await partitions.acquire({"a-0": 0})
    around.at["a-0"] = 5

    async def batch() -> bool:
        async with partitions.lock:
            return await partitions.put(asyncio.Event().wait())  # type: ignore[arg-type]  # it never ends

    working = asyncio.create_task(batch())
    await asyncio.sleep(0)
    await asyncio.wait_for(partitions.release(["a-0"]), 5.0)
    assert await working is False
    assert around.commits == []


async def test_a_pipeline_that_is_cancelled_hands_nothing_over(
    around: Around, partitions: Partitions
) -> None:
    await partitions.acquire({"a-0": 0})
    reached = asyncio.Event()

    async def putting() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            reached.set()
            raise

    working = asyncio.create_task(partitions.put(putting()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    await asyncio.wait_for(reached.wait(), 5.0)
    assert around.commits == []
