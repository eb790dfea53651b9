"""Buckets, in memory and at a server that speaks S3.

The smallest example: `put("a", b"1")` in a store with the prefix `line-1` makes the object `line-1/a`.
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest

from anomaly_container.outbound import bucket_store, bucket_upload
from anomaly_container.outbound.errors import Changed, NotFound, OutboundError, Unavailable
from anomaly_container.outbound.object_store import open_store
from anomaly_container.outbound.stored_object import PIECE_BYTES
from tests.support.cloud import memory_store
from tests.support.store_contract import StoreContract, everything_of, keys, long_bytes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from anomaly_container.outbound.object_store import ObjectStore
    from tests.support.cloud import Cloud

# A server of moto takes no empty segment and no line feed.
HOSTILE = ("w/.", "w/./x", "w/a\tb", "w/b\x02", "w/dir/", "w/good.csv")


class TestMemory(StoreContract):
    """The rules of the store, without a network."""

    @pytest.fixture
    def store(self) -> ObjectStore:
        return memory_store()


class TestS3(StoreContract):
    """The rules of the store, by HTTP."""

    @pytest.fixture
    def bucket(self, aws: Cloud) -> str:
        return aws.bucket()

    @pytest.fixture
    def store(self, aws: Cloud, bucket: str) -> ObjectStore:
        return open_store(f"s3://{bucket}/line-1", endpoint=aws.endpoint)

    async def test_the_prefix_is_put_before_keys(self, store: ObjectStore, aws: Cloud, bucket: str) -> None:
        await store.put("a", b"1")
        found = aws.client("s3").list_objects_v2(Bucket=bucket)["Contents"]
        assert [item["Key"] for item in found] == ["line-1/a"]

    async def test_an_upload_that_ends_early_leaves_no_part(
        self, store: ObjectStore, aws: Cloud, bucket: str
    ) -> None:
        await self.test_a_source_that_fails_leaves_nothing(store)
        await store.delete("out")
        await self.test_a_write_that_is_cancelled_leaves_nothing(store)
        assert "Uploads" not in aws.client("s3").list_multipart_uploads(Bucket=bucket)

    async def test_a_hostile_key_does_not_hide_the_others(
        self, store: ObjectStore, aws: Cloud, bucket: str
    ) -> None:
        client = aws.client("s3")
        for key in HOSTILE:
            client.put_object(Bucket=bucket, Key=f"line-1/{key}", Body=b"1")
        ordered = sorted(HOSTILE)
        assert await keys(store, "w/") == ordered
        assert await keys(store, "w/", "w/.") == ordered[1:]
        assert await keys(store, "w/", "w/./x") == ordered[2:]

    async def test_an_object_that_changes_while_it_is_read_is_refused(self, store: ObjectStore) -> None:
        await store.put("raw/x", long_bytes())
        async with store.open("raw/x") as reader:
            pieces = aiter(reader)
            await anext(pieces)
            await store.put("raw/x", bytes(9 * PIECE_BYTES))
            with pytest.raises(Changed):
                await everything_of(pieces)

    async def test_errors_show_neither_key_nor_bucket_nor_address(self, aws: Cloud) -> None:
        store = open_store("s3://sentinel-bucket/sentinel", endpoint=aws.endpoint)
        for call in (
            store.head("secret.csv"),
            store.put("secret.csv", b"secret"),
            store.read("secret.csv", 1),
        ):
            with pytest.raises(NotFound) as caught:
                await call
            assert not {"sentinel", "secret", "127"} & {*str(caught.value).replace("/", " ").split()}
            assert caught.value.__cause__ is None
            assert caught.value.__suppress_context__

    async def test_a_long_copy_goes_through_the_process(
        self, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bucket_store, "COPY_BYTES", PIECE_BYTES)
        whole = long_bytes()
        await store.put("a", whole)
        await store.copy("a", "b")
        assert (await store.read("b", len(whole))).data == whole


async def answering(answer: bytes) -> tuple[asyncio.Server, str]:
    """Serve one answer to every request."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    return server, f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((401, "Refused"), (403, "Refused"), (404, "NotFound"), (409, "Changed"), (412, "Changed")),
        *((500, "Unavailable"), (503, "Unavailable"), (429, "Unavailable"), (301, "Unavailable")),
    ],
)
@pytest.mark.usefixtures("aws")
async def test_a_status_is_one_of_few_errors(status: int, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(bucket_store.RETRIES, "max_retries", 0)
    answer = b"HTTP/1.1 %d X\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret" % status
    server, endpoint = await answering(answer)
    async with server:
        store = open_store("s3://bucket", endpoint=endpoint)
        with pytest.raises(OutboundError) as caught:
            await store.create("a", b"1")
    assert type(caught.value).__name__ == kind
    assert "secret" not in str(caught.value)


@pytest.mark.usefixtures("aws")
async def test_a_store_that_is_away_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(bucket_store.RETRIES, "max_retries", 0)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{closed.getsockname()[1]}"
        store = open_store("s3://bucket", endpoint=endpoint)
        for call in (
            store.head("a"),
            store.create("a", b""),
            store.put("a", b""),
            store.delete("a"),
            keys(store),
        ):
            with pytest.raises(Unavailable):
                await call


@pytest.mark.usefixtures("aws")
async def test_a_store_that_is_silent_is_unavailable_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket_store, "CALL_SECONDS", 0.3)
    clock = asyncio.get_running_loop().time

    # The kernel takes the connections, and nobody answers.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        store = open_store("s3://bucket", endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}")
        start = clock()
        for call in (
            *(store.head("a"), store.create("a", b""), store.put("a", b""), store.put("a", iter([b"1"]))),
            *(store.read("a", 1), store.copy("a", "b"), store.delete("a"), keys(store)),
        ):
            with pytest.raises(Unavailable):
                await call
        assert clock() - start < 8 * 0.3 * 2


async def test_an_upload_that_the_store_stops_taking_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    def stuck(*_: object, **__: object) -> asyncio.Future[None]:
        return asyncio.get_running_loop().create_future()

    monkeypatch.setattr("anomaly_container.outbound.bucket_upload.obstore.put_async", stuck)
    monkeypatch.setattr(bucket_upload, "SECONDS_TO_ABORT", 0.1)
    monkeypatch.setattr(bucket_store, "CALL_SECONDS", 0.2)

    async def pieces() -> AsyncIterator[bytes]:
        yield long_bytes()

    with pytest.raises(Unavailable):
        await memory_store().put("a", pieces())
