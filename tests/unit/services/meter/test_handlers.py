"""The routes of the metering endpoint: what they take, what they refuse, and that they never answer 500.

The smallest example: record 1, sent twice, is answered 201 `stored` and then 200 `repeated`.
"""

from __future__ import annotations

import asyncio
import dataclasses
import gzip
import json
import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anomaly_container.metering.record_schema import LARGEST_QUANTITY, parse
from anomaly_container.services.meter.store import DailyUsage, Receipt, ReceiverStore, UnknownLayoutError
from anomaly_container.web.access_keys import InlineAccessKeys
from tests.support.file_limit import no_file_beyond
from tests.support.meter_app import meter_app
from tests.support.usage_records import BODIES, CONTAINER, NAMES, NOON, Wire, body, record_id, wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from pytest_aiohttp.plugin import AiohttpClient

Client = TestClient[web.Request, web.Application]

PATH = "/metering/v1/usage"
KEY = "key-of-a-sender"
LARGEST_BODY = 64 * 1024
DENIED = (
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key"
    " for an active subscription and use a correct regional API endpoint for your resource."
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ReceiverStore]:
    """The records on the disk, as another process would read them."""
    opened = ReceiverStore.open(tmp_path / "usage.sqlite3")
    yield opened
    opened.close()


@pytest.fixture
async def client(aiohttp_client: AiohttpClient, tmp_path: Path) -> Client:
    return await aiohttp_client(meter_app(tmp_path, f"Keys=another-key,{KEY}"))


async def send(
    client: Client, content: bytes, idempotency_key: str | None = None, key: str | None = KEY
) -> tuple[int, Any]:
    """Post a body; the header is the id of record 1 by default."""
    headers = {"Idempotency-Key": idempotency_key or record_id(1)}
    if key is not None:
        headers["Ocp-Apim-Subscription-Key"] = key
    async with client.post(PATH, data=content, headers=headers) as response:
        assert response.content_type == "application/json"
        return response.status, await response.json()


def refusal(status: int, message: str) -> tuple[int, Any]:
    return status, {"error": {"code": str(status), "message": message}}


async def test_a_record_is_stored_once_however_often_it_is_sent(client: Client, store: ReceiverStore) -> None:
    answers = [await send(client, body(wire())) for _ in range(3)]
    assert answers == [
        (201, {"id": record_id(1), "result": "stored"}),
        (200, {"id": record_id(1), "result": "repeated"}),
        (200, {"id": record_id(1), "result": "repeated"}),
    ]
    expected = sorted(zip(NAMES, (12, 3, 1, 20), strict=True))
    assert store.daily() == [DailyUsage("2026-03-01", CONTAINER, *usage) for usage in expected]


async def test_a_record_is_the_same_however_its_json_is_laid_out(client: Client) -> None:
    record = wire()
    assert (await send(client, body(record)))[0] == 201
    shuffled = dict(reversed(record.items())) | {"meters": record["meters"][::-1]}
    assert (await send(client, json.dumps(shuffled, indent=2).encode()))[0] == 200


@pytest.mark.parametrize(
    "other",
    [
        wire(quantities=(12, 3, 1, 21)),
        wire(end=NOON + timedelta(seconds=1)),
        wire(container=record_id(7)),
        wire() | {"containerVersion": "0.2.0"},
        wire() | {"meters": wire()["meters"][:3]},
    ],
)
async def test_another_record_with_a_known_id_is_a_conflict(
    client: Client, store: ReceiverStore, other: Wire
) -> None:
    await send(client, body(wire()))
    before = store.daily()
    assert await send(client, body(other)) == refusal(
        409, "Another record with this 'id' is stored. A record must be sent again unchanged."
    )
    assert store.daily() == before


async def test_of_many_senders_of_one_record_one_stores_it(client: Client, store: ReceiverStore) -> None:
    answers = await asyncio.gather(*(send(client, body(wire())) for _ in range(20)))
    assert sorted(status for status, _ in answers) == [200] * 19 + [201]
    assert sum(row.quantity for row in store.daily()) == 12 + 3 + 1 + 20


async def test_a_container_that_did_nothing_may_say_so(client: Client, store: ReceiverStore) -> None:
    nothing = wire(quantities=(0, 0, 0, 0)) | {"windowStart": wire()["windowEnd"]}
    assert (await send(client, body(nothing)))[0] == 201
    assert [row.quantity for row in store.daily()] == [0, 0, 0, 0]


@pytest.mark.parametrize("key", [None, "", "  ", "wrong", KEY[:-1], f"{KEY}x", KEY.upper(), "schl\u00fcssel"])
async def test_a_wrong_key_is_denied_in_the_words_of_the_service(
    client: Client, store: ReceiverStore, key: str | None
) -> None:
    assert await send(client, body(wire()), key=key) == refusal(401, DENIED)
    headers = {} if key is None else {"Ocp-Apim-Subscription-Key": key}
    async with client.get("/metering/v1/report", headers=headers) as response:
        assert (response.status, await response.json()) == refusal(401, DENIED)
    assert store.daily() == []


async def test_the_key_is_looked_at_before_the_body(client: Client) -> None:
    assert await send(client, b"{", key="wrong") == refusal(401, DENIED)


def test_without_keys_any_that_is_not_blank_is_accepted() -> None:
    ring = InlineAccessKeys([])
    assert ring.accepts("any")
    assert not ring.accepts("")
    assert not ring.accepts(" \t")


def test_a_key_of_bytes_that_are_no_text_is_only_a_wrong_key() -> None:
    assert not InlineAccessKeys([KEY]).accepts("\udcff")


@pytest.mark.parametrize("header", [record_id(2), record_id(1).upper(), f"{record_id(1)}0", " "])
async def test_the_idempotency_key_must_be_the_id(client: Client, store: ReceiverStore, header: str) -> None:
    assert await send(client, body(wire()), header) == refusal(
        400, "The header 'Idempotency-Key' must be the 'id' of the record."
    )
    assert store.daily() == []


async def test_the_idempotency_key_must_be_there(client: Client) -> None:
    headers = {"Ocp-Apim-Subscription-Key": KEY}
    async with client.post(PATH, data=body(wire()), headers=headers) as response:
        assert response.status == 400


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"1",
        b'"x"',
        b"\xff\xfe",
        b"[" * 60_000,
        b'{"id":' * 10_000,
        b"1" * 60_000,
        body(wire()).decode().encode("utf-16"),
        b"\xef\xbb\xbf" + body(wire()),
        gzip.compress(body(wire()), mtime=0),
        body(wire()) + b"x",
        body(wire()).replace(b": 12}", b": NaN}"),
        body(wire()).replace(b": 12}", b": Infinity}"),
        body(wire()).replace(b'"apiType"', b'"id": "x", "apiType"'),
        body(wire()).replace(b'"quantity": 12', b'"quantity": 12, "quantity": 12'),
    ],
    ids=lambda content: repr(content[:24]),
)
async def test_what_is_no_json_is_refused(client: Client, store: ReceiverStore, content: bytes) -> None:
    status, answer = await send(client, content)
    assert status == 400
    assert answer["error"]["code"] == "400"
    assert store.daily() == []


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "unheard-of"])
async def test_an_encoding_that_cannot_be_undone_is_refused(client: Client, encoding: str) -> None:
    headers = {"Ocp-Apim-Subscription-Key": KEY, "Content-Encoding": encoding}
    async with client.post(PATH, data=b"\x1f\x8b not gzip", headers=headers) as response:
        assert (response.status, await response.json()) == refusal(400, "The request body must be JSON.")


async def test_a_deflated_record_is_stored(client: Client, store: ReceiverStore) -> None:
    headers = {
        "Ocp-Apim-Subscription-Key": KEY,
        "Idempotency-Key": record_id(1),
        "Content-Encoding": "gzip",
    }
    content = gzip.compress(body(wire()), mtime=0)
    async with client.post(PATH, data=content, headers=headers) as response:
        assert response.status == 201
    assert sum(row.quantity for row in store.daily()) == 36


async def test_a_refused_record_leaves_nothing_and_can_be_put_right(
    client: Client, store: ReceiverStore
) -> None:
    wrong = wire()
    wrong["meters"][3]["quantity"] = -1
    assert await send(client, body(wrong)) == refusal(
        400, f"A 'quantity' must be an integer from 0 to {LARGEST_QUANTITY}."
    )
    assert store.daily() == []
    assert (await send(client, body(wire())))[0] == 201


async def test_messages_quote_nothing_of_the_record(client: Client) -> None:
    for record in (
        wire() | {"s3cret": 1},
        wire() | {"containerVersion": "s3cret s3cret"},
        wire() | {"meters": [{"name": "s3cret", "quantity": 1}]},
    ):
        status, answer = await send(client, body(record))
        assert status == 400
        assert "s3cret" not in json.dumps(answer)


async def test_the_largest_quantity_is_taken_and_added_up(client: Client, store: ReceiverStore) -> None:
    for number in (1, 2):
        record = wire(number, quantities=(LARGEST_QUANTITY, 0, 0, 0))
        assert (await send(client, body(record), record_id(number)))[0] == 201
    assert max(row.quantity for row in store.daily()) == 2 * LARGEST_QUANTITY


async def test_a_body_of_64_kib_is_read_and_no_larger_one(client: Client) -> None:
    content = body(wire())
    assert (await send(client, content.ljust(LARGEST_BODY)))[0] == 201
    assert await send(client, content.ljust(LARGEST_BODY + 1)) == refusal(
        413, "The request body is too large."
    )


async def test_a_body_that_stalls_is_given_up(aiohttp_client: AiohttpClient, tmp_path: Path) -> None:
    client = await aiohttp_client(meter_app(tmp_path, f"Keys={KEY}", "Limits:BodySeconds=0.05"))
    late = asyncio.Event()

    async def stalling() -> AsyncIterator[bytes]:
        yield b"{"
        await late.wait()

    headers = {"Ocp-Apim-Subscription-Key": KEY}
    async with client.post(PATH, data=stalling(), headers=headers) as response:
        late.set()
        assert (response.status, await response.json()) == refusal(
            408, "The request body did not arrive in time."
        )


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("POST", "/metering/v1/usage/", 404), ("GET", PATH, 405), ("PUT", PATH, 405)],
)
async def test_other_routes_are_refused_in_json(client: Client, method: str, path: str, status: int) -> None:
    async with client.request(method, path) as response:
        assert response.status == status
        assert (await response.json())["error"]["code"] == str(status)
        assert response.headers.get("Allow") == ("POST" if status == 405 else None)


async def test_the_path_of_records_can_be_set(aiohttp_client: AiohttpClient, tmp_path: Path) -> None:
    client = await aiohttp_client(meter_app(tmp_path, "Path=/usage"))
    headers = {"Ocp-Apim-Subscription-Key": "any", "Idempotency-Key": record_id(1)}
    async with client.post("/usage", data=body(wire()), headers=headers) as response:
        assert response.status == 201


async def test_bodies_have_the_bytes_that_they_always_had(client: Client) -> None:
    headers = {"Ocp-Apim-Subscription-Key": KEY, "Idempotency-Key": record_id(1)}
    async with client.post(PATH, data=body(wire()), headers=headers) as response:
        assert await response.read() == f'{{"id": "{record_id(1)}", "result": "stored"}}'.encode()
        assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    async with client.post("/nowhere") as response:
        assert await response.read() == b'{"error": {"code": "404", "message": "Resource not found"}}'
        assert response.headers["Content-Type"] == "application/json"


async def test_health_needs_no_key(client: Client) -> None:
    async with client.get("/metering/v1/health") as response:
        assert (response.status, await response.json()) == (200, {"status": "ok"})


async def test_a_full_disk_is_told_and_the_record_is_taken_later(
    client: Client, store: ReceiverStore
) -> None:
    assert (await send(client, body(wire(1))))[0] == 201
    with no_file_beyond(1):
        headers = {"Ocp-Apim-Subscription-Key": KEY, "Idempotency-Key": record_id(2)}
        async with client.post(PATH, data=body(wire(2)), headers=headers) as response:
            assert (response.status, response.headers["Retry-After"]) == (503, "10")
            assert (await response.json())["error"]["code"] == "503"
    assert sum(row.quantity for row in store.daily()) == 36
    assert (await send(client, body(wire(2)), record_id(2)))[0] == 201
    assert sum(row.quantity for row in store.daily()) == 72


@pytest.fixture
def emptied(client: Client, tmp_path: Path) -> Iterator[Client]:
    """An endpoint whose files someone has deleted."""
    for file in tmp_path.iterdir():
        file.unlink()
    yield client
    assert not list(tmp_path.iterdir()), "nobody makes an empty file in their place"


async def test_health_tells_when_the_records_are_gone(emptied: Client) -> None:
    async with emptied.get("/metering/v1/health") as response:
        assert response.status == 503
        assert response.headers["Retry-After"] == "10"
        assert await response.json() == {
            "error": {
                "code": "503",
                "message": "The usage records can not be read or written now. Please retry after the seconds"
                " in the Retry-After header.",
            }
        }


async def test_a_fault_of_the_endpoint_is_json_and_its_log_quotes_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_self: object, _usage: object) -> None:
        message = "s3cret"
        raise LookupError(message)

    monkeypatch.setattr(ReceiverStore, "add", fail)
    assert await send(client, body(wire())) == refusal(
        500, "The request can not be processed due to unexpected exception."
    )
    assert "LookupError" in caplog.text
    assert "s3cret" not in caplog.text


def test_records_outlive_the_store(tmp_path: Path) -> None:
    path = tmp_path / "usage.sqlite3"
    for _ in range(2):
        opened = ReceiverStore.open(path)
        opened.add(parse(body(wire())))
        assert sum(row.quantity for row in opened.daily()) == 36
        opened.close()


def test_a_record_is_stored_whole_or_not_at_all(store: ReceiverStore) -> None:
    usage = parse(body(wire()))
    broken = dataclasses.replace(usage, quantities={NAMES[0]: 12, NAMES[1]: -1})
    with pytest.raises(sqlite3.IntegrityError):
        store.add(broken)
    assert store.daily() == []
    assert store.add(usage) is Receipt.STORED


def test_a_commit_waits_for_the_disk(store: ReceiverStore) -> None:
    connection = store._connection  # noqa: SLF001  # what the disk is asked for is not to be seen from outside
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_the_records_of_another_version_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "usage.sqlite3"
    opened = ReceiverStore.open(path)
    opened._connection.execute("PRAGMA user_version = 99")  # noqa: SLF001  # as another version would leave it
    opened.close()
    with pytest.raises(UnknownLayoutError):
        ReceiverStore.open(path)


async def started(directory: Path) -> Client:
    client = Client(TestServer(meter_app(directory, f"Keys={KEY}")))
    await client.start_server()
    return client


def test_no_body_is_answered_with_500(tmp_path: Path) -> None:
    with asyncio.Runner() as runner:
        client = runner.run(started(tmp_path))
        seen = set[int]()

        @settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(BODIES, st.integers(1, 3))
        def answered(content: bytes, number: int) -> None:
            status, answer = runner.run(send(client, content, record_id(number)))
            assert status in {200, 201, 400, 409}, answer
            seen.add(status)

        answered()
        runner.run(client.close())
    assert {201, 400} <= seen
