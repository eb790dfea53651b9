"""An object of a bucket, read range by range.

One request for the whole object would last as long as its reader works, and servers cut connections that
stand still. Each range is a request of its own with a deadline, tried again alone, and refused if the object
has changed.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import obstore
from obstore.exceptions import GenericError

from anomaly_container.outbound.bucket_errors import in_our_words
from anomaly_container.outbound.bucket_info import info_of, quoted
from anomaly_container.outbound.errors import Changed, Unavailable
from anomaly_container.outbound.stored_object import PIECE_BYTES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from obstore import GetOptions
    from obstore.store import ObjectStore

    from anomaly_container.outbound.stored_object import ObjectInfo

RANGE_BYTES: Final = 4 * PIECE_BYTES
"""Bytes of one request, and of what is held in memory."""


class BucketReader:
    """An `OpenObject`: `begin` fetches the first range, iteration the others.

    Parameters
    ----------
    store
        The bucket.
    key
        The object.
    seconds
        The deadline of each request.
    """

    info: ObjectInfo

    def __init__(self, store: ObjectStore, key: str, seconds: float) -> None:
        self._store = store
        self._key = key
        self._seconds = seconds
        self._first = b""

    async def begin(self, if_match: str | None) -> None:
        """Fetch the first range, and with it the info; the object must have the etag if one is given."""
        with in_our_words():
            try:
                self.info, self._first = await self._fetch(0, if_match)
            except GenericError:
                # A range of an empty object cannot be satisfied.
                async with asyncio.timeout(self._seconds):
                    self.info = info_of(await obstore.head_async(self._store, self._key))
                if self.info.size:
                    raise
                if if_match not in {None, self.info.etag}:
                    raise Changed from None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Read the pieces from first to last."""
        data, self._first = self._first, b""
        done = 0
        while data:
            done += len(data)
            for start in range(0, len(data), PIECE_BYTES):
                yield data[start : start + PIECE_BYTES]
            data = b""
            if done < self.info.size:
                with in_our_words():
                    _, data = await self._fetch(done, self.info.etag or None)
                if not data:
                    raise Unavailable(message="The store gave fewer bytes than the object has.")

    async def _fetch(self, start: int, if_match: str | None) -> tuple[ObjectInfo, bytes]:
        options: GetOptions = {"range": (start, start + RANGE_BYTES)}
        if if_match is not None:
            options["if_match"] = quoted(if_match)
        async with asyncio.timeout(self._seconds):
            result = await obstore.get_async(self._store, self._key, options=options)
            return info_of(result.meta), bytes(await result.bytes_async())
