"""One interface for buckets of S3, Google Cloud Storage and Azure, and for a folder.

`open_store` returns it. Every call has a deadline of its own, and raises only what `errors.py` has. Open a
store after the process has forked, use it on one event loop, and close it at the end.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, Protocol

from anomaly_container.outbound.errors import MissingExtraError
from anomaly_container.outbound.store_url import parse_store_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from anomaly_container.outbound.stored_object import Data, ObjectInfo, OpenObject, StoredBytes

NEEDED: Final = "obstore"


class ObjectStore(Protocol):
    """Objects below a prefix of a bucket or folder.

    Any call may raise `Unavailable` (no usable answer in time), `Refused` (access is denied) and `BadKey`.
    """

    def list(self, prefix: str = "", start_after: str | None = None) -> AsyncIterator[ObjectInfo]:
        """Iterate over the objects below a prefix (blank, or ending with a slash) in the order of their keys.

        With `start_after`, only over those whose keys come after it. A listing may hold keys that `check_key`
        refuses: others may have put them there.
        """

    async def head(self, key: str) -> ObjectInfo:
        """Return what the store says of an object, or raise `NotFound`."""

    def open(self, key: str, *, if_match: str | None = None) -> AbstractAsyncContextManager[OpenObject]:
        """Open an object for reading; raise `NotFound`, or `Changed` if its etag is or becomes another."""

    async def read(self, key: str, limit: int) -> StoredBytes:
        """Return the bytes of a small object and its info; raise `NotFound`, or `TooLarge` beyond `limit`."""

    async def create(self, key: str, data: bytes) -> str:
        """Write a new object and return its etag; raise `Changed` if there is one."""

    async def update(self, key: str, data: bytes, if_match: str) -> str:
        """Replace an object that has this etag, and return the new one; raise `Changed` if it has not."""

    async def put(self, key: str, data: Data) -> str:
        """Write an object, whether or not there is one, and return its etag.

        Readers see all of it or nothing of it. Memory is bounded, however long the data is.
        """

    async def copy(self, source: str, target: str) -> None:
        """Make a second object of one; raise `NotFound` if the first does not exist."""

    async def create_copy(self, source: str, target: str, limit: int) -> None:
        """Make a second object of one under a name that none has.

        Raise `NotFound` if the first does not exist, `Changed` if there is one of that name, and `TooLarge`
        if it is longer than `limit` and has to be written again.
        """

    async def delete(self, key: str) -> None:
        """Remove an object; nothing happens if it does not exist.

        After a loss of power it may be there again.
        """

    async def probe(self) -> bool:
        """Return True if the store holds to the conditions of `create` and `update`."""

    async def close(self) -> None:
        """Free threads and connections."""


def open_store(url: str, *, endpoint: str | None = None, allow_http: bool = False) -> ObjectStore:
    """Return the store of a URL, without speaking to it.

    Parameters
    ----------
    url
        `s3://bucket/prefix`, `gs://bucket/prefix`, `az://container/prefix` or `file:///folder`. Credentials
        come from the environment, a web identity or the role of the machine.
    endpoint
        The address of a store that speaks the protocol of S3 or Azure.
    allow_http
        Allow an endpoint without TLS that is not on loopback.

    Raises
    ------
    StoreUrlError
        If the URL or the endpoint cannot be used; the text does not repeat them.
    MissingExtraError
        If the store is a bucket, and the extra `batches` is not installed.
    """
    address = parse_store_url(url, endpoint=endpoint, allow_http=allow_http)
    if address.scheme == "file":
        from anomaly_container.outbound.folder_store import FolderStore  # noqa: PLC0415  # only what is used

        return FolderStore(address.folder)
    if find_spec(NEEDED) is None:
        raise MissingExtraError(NEEDED, extra="batches", purpose="A store of s3://, gs:// or az://")
    from anomaly_container.outbound.bucket_store import open_bucket  # noqa: PLC0415  # an extra

    return open_bucket(address)
