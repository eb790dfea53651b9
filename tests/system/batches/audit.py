"""The audit of a store after a soak: every table once, and every number as a replay gives it."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import orjson
import pytest

from anomaly_container.outbound.errors import NotFound, Unavailable
from anomaly_container.outbound.object_store import open_store
from anomaly_container.services.batches import keys
from anomaly_container.services.batches.commit import Commits
from anomaly_container.services.batches.lease import Lease
from anomaly_container.services.batches.partition_store import PartitionStore
from anomaly_container.services.batches.publish import Publisher
from anomaly_container.services.batches.repair import Repair
from anomaly_container.services.batches.settings import BatchesSettings
from anomaly_container.services.batches.state import State, decode
from tests.system.batches.replay import Replay, chan, replay

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.services.batches.group import Groups

LONGEST = 256 << 20
SECONDS_BETWEEN_LOOKS = 0.25


@dataclass(frozen=True)
class Place:
    """A store as a container and a test open it."""

    url: str
    endpoint: str | None = None
    partition: str = ""

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[ObjectStore]:
        """Open it for the time of a block."""
        store = open_store(self.url, endpoint=self.endpoint, allow_http=True)
        try:
            yield PartitionStore(store, self.partition) if self.partition else store
        finally:
            await store.close()

    @property
    def words(self) -> list[str]:
        """The settings of a container that uses it; its state keeps every batch."""
        endpoint = [f"Batches:Endpoint={self.endpoint}"] if self.endpoint else []
        return [f"Batches:Url={self.url}", *endpoint, "Batches:Keep=10000"]


def settings() -> BatchesSettings:
    """Return the settings by which tables are scored."""
    common = {"Eula": "accept", "Billing": "http://127.0.0.1:5001/", "ApiKey": "key"}
    return BatchesSettings.model_validate({**common, "Batches:Url": "file:///nowhere"})


async def put(place: Place, tables: Mapping[str, bytes]) -> None:
    """Write objects."""
    async with place.opened() as store:
        for key, data in tables.items():
            await store.put(key, data)


async def objects(place: Place, prefix: str = "") -> dict[str, bytes]:
    """Return objects by key."""
    async with place.opened() as store:
        found = [info.key async for info in store.list(prefix)]
        return {key: (await store.read(key, LONGEST)).data for key in found}


async def state_of(store: ObjectStore) -> State | None:
    """Return the state; None before the first commit."""
    try:
        return decode((await store.read(keys.STATE, LONGEST)).data)
    except NotFound:
        return None


async def wait_until_published(place: Place, count: int, seconds: float) -> float:
    """Wait until so many batches are committed and published; return how long it took."""
    began, state = time.monotonic(), None
    async with place.opened() as store:
        while time.monotonic() - began < seconds:
            with suppress(Unavailable):
                state = await state_of(store)
            if state is not None and state.files >= count and not state.ledger.unpublished():
                return time.monotonic() - began
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
    assert state is not None, "there is no state"
    waiting = f"{state.files} of {count} batches, {len(state.ledger.unpublished())} not published"
    raise TimeoutError(waiting)


async def sweep(store: ObjectStore) -> int:
    """Delete what staging has and nobody needs, whatever its age, and return how many objects."""
    commits = Commits(store, State(mode="default"), Lease(store, keys.TURN, 30.0, time.time))
    groups = cast("Groups", None)  # nothing is published by a sweep
    return await Repair(store, commits, groups, Publisher(store, commits), time.time).sweep(0.0)


async def audit(place: Place, tables: Mapping[str, bytes], start: Any = None) -> tuple[State, Replay]:  # noqa: ANN401  # the baseline of a mode
    """Compare everything in a store with a replay in the order of the commits."""
    async with place.opened() as store:
        found = await state_of(store)
        assert found is not None
        result = _audit_state(found, tables, start)
        await _audit_results(place, found, result)
        if start is None:
            ordered = [tables[entry.key] for entry in reversed(found.ledger.batches())]
            await _audit_view(store, found, ordered)
        await sweep(store)
        left = [info.key async for info in store.list(keys.STAGING)]
        left += [info.key async for info in store.list(keys.INBOX)]
        assert not left
        return found, result


def _audit_state(found: State, tables: Mapping[str, bytes], start: Any) -> Replay:  # noqa: ANN401  # as above
    order = list(reversed(found.ledger.batches()))
    assert not found.ledger.dead_letters()
    assert sorted(entry.key for entry in order) == sorted(tables)
    assert all(entry.published for entry in order)
    revisions = [entry.revision for entry in order]
    assert revisions == sorted(revisions)
    result = replay(settings(), [(entry.key, entry.etag, tables[entry.key]) for entry in order], start)
    assert found.model == result.model
    assert (found.files, found.rows, found.anomalies) == (len(tables), result.rows, result.anomalies)
    assert sum(line.batches for line in found.usage.values()) == len(tables)
    assert sum(line.points for line in found.usage.values()) == result.units
    return result


async def _audit_results(place: Place, found: State, result: Replay) -> None:
    published = await objects(place, keys.PROCESSED)
    for entry in found.ledger.batches():
        assert published.pop(keys.output_key(entry.key)) == result.outputs[entry.key], entry.key
        summary = orjson.loads(published.pop(keys.summary_key(entry.key)))
        assert summary["batch_id"] == entry.id
        assert (summary["source_key"], summary["source_etag"]) == (entry.key, entry.etag)
        assert (summary["total_rows"], summary["anomaly_count"]) == (entry.rows, entry.anomalies)
        assert summary["processed_at"] == entry.processed_at
    assert not published


async def _audit_view(store: ObjectStore, found: State, ordered: list[bytes]) -> None:
    view = orjson.loads((await store.read(keys.VIEW, LONGEST)).data)
    assert view.pop("last_updated") == found.last_updated
    for name, merged in chan(ordered).items():
        one = view.pop(name)
        assert set(one) == {"count", "mean", "M2", "std"}
        assert one["count"] == merged["count"]
        assert one["mean"] == pytest.approx(merged["mean"], rel=1e-9)
        assert one["M2"] == pytest.approx(merged["M2"], rel=1e-9)
    assert not view
