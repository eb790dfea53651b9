"""Reading: an object becomes an attempt, with its bytes in memory if it is short."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from anomaly_container.outbound.errors import Refused
from anomaly_container.services.batches.attempt import Attempt
from anomaly_container.services.batches.dead_letters import DeadLetterError, Reason
from anomaly_container.services.batches.progress import READ, Progress
from anomaly_container.services.batches.staging import MOST_READ_WHOLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.outbound.stored_object import ObjectInfo
    from anomaly_container.services.batches.bridge import Bridge
    from anomaly_container.services.batches.waiting import Item


class Reader:
    """Reads objects.

    Parameters
    ----------
    store
        The store.
    bridge
        Lets threads read from the store.
    max_bytes
        The largest object.
    """

    def __init__(self, store: ObjectStore, bridge: Bridge, max_bytes: int) -> None:
        self._store = store
        self._bridge = bridge
        self._max_bytes = max_bytes

    async def read(self, item: Item, began: float) -> Attempt:
        """Return an attempt at an object, with its etag; the bytes of a long one are read when it is scored.

        Parameters
        ----------
        item
            The object.
        began
            When the work on it began, on the monotonic clock.
        """
        async with self._store.open(item.key, if_match=item.etag or None) as found:
            info: ObjectInfo = found.info
            known = replace(item, etag=info.etag, version=item.version or info.version)
            if info.size > self._max_bytes:
                return Attempt(item=known, began=began, open=list, fault=DeadLetterError(Reason.TOO_BIG))
            if info.size > MOST_READ_WHOLE:
                pieces = self._pieces_of(item.key, info.etag)
                progress = Progress(size=info.size)
                return Attempt(item=known, began=began, open=pieces, is_short=False, progress=progress)
            data = b"".join([piece async for piece in found])
        progress = Progress(size=len(data))
        progress.rest(READ, time.monotonic() - began, 0.0)
        return Attempt(item=known, began=began, open=lambda: [data], progress=progress)

    def _pieces_of(self, key: str, etag: str) -> Callable[[], Iterable[bytes]]:
        def pieces() -> Iterator[bytes]:
            try:
                yield from self._bridge.pieces(key, etag)
            except Refused:
                raise DeadLetterError(Reason.STORE_REFUSED) from None

        return pieces
