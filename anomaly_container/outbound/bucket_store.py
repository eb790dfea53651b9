"""Objects in a bucket of S3, Google Cloud Storage or Azure, by obstore.

Import this module only for such a store: the package comes with the extra `batches`.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar

import obstore
from obstore.store import AzureStore, GCSStore, S3Store

from anomaly_container.outbound import s3_listing
from anomaly_container.outbound.bucket_errors import in_our_words
from anomaly_container.outbound.bucket_info import bare, info_of, quoted
from anomaly_container.outbound.bucket_reader import BucketReader
from anomaly_container.outbound.bucket_upload import upload
from anomaly_container.outbound.errors import BadKey, Changed, NotFound, TooLarge
from anomaly_container.outbound.object_key import check_key, check_prefix
from anomaly_container.outbound.store_probe import holds_to_conditions
from anomaly_container.outbound.stored_object import StoredBytes, pieces_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from obstore import PutMode, UpdateVersion
    from obstore.store import AzureConfig, ClientConfig, ObjectStore, RetryConfig, S3Config

    from anomaly_container.outbound.store_url import StoreAddress
    from anomaly_container.outbound.stored_object import Data, ObjectInfo, OpenObject

T = TypeVar("T")

CALL_SECONDS: Final = 30.0
"""The deadline of a call; of a read, a listing and an upload that of each part."""

COPY_SECONDS: Final = 300.0
"""The deadline of a copy that the store makes by itself."""

COPY_BYTES: Final = 4 << 30
"""Above, a copy goes through this process: S3 copies at most 5 GiB in one request."""

PAGE_KEYS: Final = 1000

RETRIES: Final[RetryConfig] = {"max_retries": 3, "retry_timeout": timedelta(seconds=20)}
ONCE: Final[RetryConfig] = {"max_retries": 0}


def open_bucket(address: StoreAddress) -> BucketStore:
    """Return the store of a bucket, with credentials from the usual chain of its cloud."""
    client: ClientConfig = {
        "allow_http": address.endpoint is not None and address.endpoint.startswith("http:"),
        "connect_timeout": timedelta(seconds=5),
        "timeout": timedelta(seconds=COPY_SECONDS),
    }
    stores = [_store(address, client, retries) for retries in (RETRIES, ONCE)]
    return BucketStore(*stores, address=address)


def _store(address: StoreAddress, client: ClientConfig, retries: RetryConfig) -> ObjectStore:
    prefix = address.prefix or None
    with in_our_words():
        if address.scheme == "s3":
            s3: S3Config = {"disable_bulk_delete": True}
            if address.endpoint is not None:
                s3["endpoint"] = address.endpoint
            return S3Store(
                address.bucket, prefix=prefix, config=s3, client_options=client, retry_config=retries
            )
        if address.scheme == "az":
            azure: AzureConfig = {} if address.endpoint is None else {"endpoint": address.endpoint}
            return AzureStore(
                address.bucket, prefix=prefix, config=azure, client_options=client, retry_config=retries
            )
        return GCSStore(address.bucket, prefix=prefix, client_options=client, retry_config=retries)


class BucketStore:
    """The `ObjectStore` of a bucket.

    Parameters
    ----------
    store
        Tries again after errors of the server and lost connections.
    once
        The same bucket, without further tries. A conditional write uses it: the second try of one that
        succeeded would find the condition broken by the first, and report the own write as another's.
    address
        Where the bucket is.
    """

    def __init__(self, store: ObjectStore, once: ObjectStore, *, address: StoreAddress) -> None:
        self._store = store
        self._once = once
        self._address = address

    async def list(self, prefix: str = "", start_after: str | None = None) -> AsyncIterator[ObjectInfo]:
        """Iterate over the objects below a prefix, in the order of their keys."""
        check_prefix(prefix)
        last = start_after
        try:
            async for info in self._listed(prefix, start_after):
                last = info.key
                yield info
        except BadKey:
            if self._address.scheme != "s3":
                raise
        else:
            return
        # For obstore one key with a control character, '..' or an empty segment spoils its whole page.
        async for info in s3_listing.listing(self._address, prefix, last):
            yield info

    async def _listed(self, prefix: str, start_after: str | None) -> AsyncIterator[ObjectInfo]:
        with in_our_words():
            offset = None if start_after is None else check_key(start_after)
            pages = obstore.list(self._store, prefix or None, offset=offset, chunk_size=PAGE_KEYS)
        while True:
            with in_our_words():
                try:
                    async with asyncio.timeout(CALL_SECONDS):
                        page = await anext(pages)
                except StopAsyncIteration:
                    return
            for meta in page:
                info = info_of(meta)
                # The marker of a folder has lost its slash, and not every store begins where it is told.
                if info.key.startswith(prefix) and info.key > (start_after or ""):
                    yield info

    async def head(self, key: str) -> ObjectInfo:
        """Return what the store says of an object."""
        return info_of(await _answer(obstore.head_async(self._store, check_key(key))))

    @asynccontextmanager
    async def open(self, key: str, *, if_match: str | None = None) -> AsyncIterator[OpenObject]:
        """Open an object for reading."""
        reader = BucketReader(self._store, check_key(key), CALL_SECONDS)
        await reader.begin(if_match)
        yield reader

    async def read(self, key: str, limit: int) -> StoredBytes:
        """Return the bytes of a small object and its info."""
        async with self.open(key) as reader:
            if reader.info.size > limit:
                raise TooLarge(message=f"The object is longer than {limit} bytes.")
            return StoredBytes(b"".join([piece async for piece in reader]), reader.info)

    async def create(self, key: str, data: bytes) -> str:
        """Write a new object."""
        return await self._put_once(key, data, "create")

    async def update(self, key: str, data: bytes, if_match: str) -> str:
        """Replace an object that has this etag."""
        # A version of None would be a condition that no object meets.
        mode: UpdateVersion = {"e_tag": quoted(if_match)}
        if self._address.scheme == "gs":
            # Google's condition is on the generation, which listings do not have and our callers do not know.
            info = await self.head(key)
            if info.etag != if_match or info.version is None:
                raise Changed
            mode["version"] = info.version
        return await self._put_once(key, data, mode)

    async def _put_once(self, key: str, data: bytes, mode: PutMode) -> str:
        put = obstore.put_async(self._once, check_key(key), data, mode=mode, use_multipart=False)
        return bare((await _answer(put))["e_tag"])

    async def put(self, key: str, data: Data) -> str:
        """Write an object, a long one in parts."""
        check_key(key)
        if isinstance(data, bytes):
            result = await _answer(obstore.put_async(self._store, key, data, use_multipart=False))
        else:
            result = await upload(self._store, key, pieces_of(data, asyncio.to_thread), CALL_SECONDS)
        return bare(result["e_tag"])

    async def copy(self, source: str, target: str) -> None:
        """Make a second object of one, in the store if it is not too long for that."""
        check_key(target)
        info = await self.head(source)
        if info.size <= COPY_BYTES:
            await _answer(obstore.copy_async(self._store, source, target), COPY_SECONDS)
            return
        async with self.open(source, if_match=info.etag) as reader:
            await self.put(target, aiter(reader))

    async def create_copy(self, source: str, target: str, limit: int) -> None:
        """Write the bytes of an object again: not every store copies on a condition."""
        await self.create(target, (await self.read(source, limit)).data)

    async def delete(self, key: str) -> None:
        """Remove an object."""
        with suppress(NotFound):
            await _answer(obstore.delete_async(self._store, check_key(key)))

    async def probe(self) -> bool:
        """Return True if the store holds to conditions."""
        return await holds_to_conditions(self)

    async def close(self) -> None:
        """Do nothing: connections end with the process."""


async def _answer(call: Awaitable[T], seconds: float | None = None) -> T:
    with in_our_words():
        async with asyncio.timeout(CALL_SECONDS if seconds is None else seconds):
            return await call
