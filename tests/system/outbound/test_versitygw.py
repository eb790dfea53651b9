"""A bucket of a real server of S3.

The smallest example: `open_store("s3://bucket/line-1")` writes `a` as `line-1/a`; a second `create` of it
is refused.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from anomaly_container.outbound.errors import Changed
from anomaly_container.outbound.object_store import open_store
from tests.support.cloud import ENVIRONMENT, Cloud
from tests.support.store_contract import StoreContract
from tests.system.outbound.versitygw_server import versitygw

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anomaly_container.outbound.object_store import ObjectStore

WRITERS, TURNS = 8, 20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with versitygw(tmp_path_factory.mktemp("versitygw") / "files") as served:
        yield served


@pytest.fixture
def store(server: Cloud, monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return open_store(f"s3://{server.bucket()}/line-1", endpoint=server.endpoint)


class TestVersitygw(StoreContract):
    """The rules of the store."""


async def test_writers_that_compete_lose_no_update(store: ObjectStore) -> None:
    conflicts = 0
    await store.create("count", b"0")

    async def count() -> None:
        nonlocal conflicts
        done = 0
        while done < TURNS:
            found = await store.read("count", 100)
            try:
                await store.update("count", b"%d" % (int(found.data) + 1), found.info.etag)
            except Changed:
                conflicts += 1
            else:
                done += 1

    await asyncio.gather(*(count() for _ in range(WRITERS)))
    assert int((await store.read("count", 100)).data) == WRITERS * TURNS
    assert conflicts
    await store.close()
