"""Find out whether a store holds to the conditions of a write, by trying."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from anomaly_container.outbound.errors import Changed, OutboundError

if TYPE_CHECKING:
    from anomaly_container.outbound.object_store import ObjectStore


async def holds_to_conditions(store: ObjectStore) -> bool:
    """Create an object twice, then update it with the etag of now and with that of before.

    The second creation and the stale update must be refused with `Changed`. The object is below `staging/`,
    where deletion is allowed and leftovers are removed.
    """
    key = f"staging/probe-{uuid.uuid4().hex}"
    first = await store.create(key, b"1")
    try:
        if not await _is_refused(store, key, None):
            return False
        await store.update(key, b"23", first)
        return await _is_refused(store, key, first)
    finally:
        await _remove(store, key)


async def _is_refused(store: ObjectStore, key: str, etag: str | None) -> bool:
    try:
        if etag is None:
            await store.create(key, b"4")
        else:
            await store.update(key, b"5", etag)
    except Changed:
        return True
    return False


async def _remove(store: ObjectStore, key: str) -> None:
    try:
        await store.delete(key)
    except OutboundError:
        return  # It lies where leftovers are removed after a day.
