"""A webhook that is down for a while, beside a file and another webhook that are not.

The smallest example: it refuses connections for some seconds; meanwhile the others get everything and nothing
is committed beyond what it has; then it gets everything too.
"""

from __future__ import annotations

import asyncio
import gc
import time
import tracemalloc
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import orjson
import pytest
from aiohttp import web

from anomaly_container.outbound.http_client import HttpClient
from anomaly_container.services.streams import sink_worker
from anomaly_container.services.streams.destinations import open_delivery
from tests.support.scale import scale_of_this_run
from tests.support.sink_outputs import result
from tests.support.until import until
from tests.system.streams.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from anomaly_container.services.streams.delivery import Delivery

SCALE = scale_of_this_run()
DOWN_SECONDS: Final = SCALE.of(2.0, 60.0)
EVENTS: Final = SCALE.of(4_000, 20_000)
BATCH: Final = 500
QUEUE: Final = 1_000
PARTITION: Final = "orders-0"


class Hook:
    """A webhook on a port of its own, which can be down in four ways."""

    def __init__(self) -> None:
        self.how = "up"
        self.ids: list[str] = []
        self.attempts = 0
        self.port = 0
        self._runner: web.AppRunner | None = None

    async def listen(self) -> None:
        app = web.Application()
        app.router.add_post("/", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def leave(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def go(self, how: str) -> None:
        """Be `up`, `refusing`, `hanging`, or answer `500` or `429`."""
        self.how = how
        if how == "refusing":
            await self.leave()
        elif self._runner is None:
            await self.listen()

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.attempts += 1
        if self.how == "hanging":
            await asyncio.sleep(30)
        if self.how in {"500", "429"}:
            return web.Response(status=int(self.how), headers={"Retry-After": "1"})
        self.ids += [output["id"] for output in body["outputs"]]
        return web.Response()


@pytest.fixture
async def hooks() -> AsyncIterator[tuple[Hook, Hook]]:
    made = Hook(), Hook()
    for hook in made:
        await hook.listen()
    yield made
    for hook in made:
        await hook.leave()


def delivery_of(hooks: tuple[Hook, Hook], folder: Path, **more: str) -> Delivery:
    down, fine = hooks
    words = {
        "Streams:Source": "/logs/web.log",
        "Streams:StateDirectory": str(folder / "state"),
        "Streams:Sinks:down:Type": "webhook",
        "Streams:Sinks:down:Url": f"http://127.0.0.1:{down.port}/",
        "Streams:Sinks:down:TimeoutSeconds": "0.5",
        "Streams:Sinks:down:Queue": str(QUEUE),
        "Streams:Sinks:fine:Type": "webhook",
        "Streams:Sinks:fine:Url": f"http://127.0.0.1:{fine.port}/",
        "Streams:Sinks:audit:Type": "file",
        "Streams:Sinks:audit:Path": str(folder / "results.jsonl"),
    }
    for name in ("down", "fine"):
        words[f"Streams:Sinks:{name}:What"] = "results"
    return open_delivery(settings_of({**words, **more}), http=HttpClient(), clock=time.time)


@asynccontextmanager
async def running(delivery: Delivery) -> AsyncIterator[None]:
    task = asyncio.create_task(delivery.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def put(delivery: Delivery, first: int, end: int) -> None:
    """Put results in batches, as fast as the queues let it."""
    for start in range(first, end, BATCH):
        batch = [result(number, PARTITION) for number in range(start, min(start + BATCH, end))]
        await delivery.put(batch, {PARTITION: min(start + BATCH, end)})


def wanted(end: int) -> list[str]:
    return [f"{PARTITION}-{number}" for number in range(end)]


def in_file(folder: Path) -> list[str]:
    return [orjson.loads(line)["id"] for line in (folder / "results.jsonl").read_bytes().splitlines()]


@pytest.mark.parametrize("how", ["refusing", "hanging", "500", "429"])
async def test_one_that_is_down_for_a_while_holds_up_no_other_and_misses_nothing(
    how: str, hooks: tuple[Hook, Hook], tmp_path: Path
) -> None:
    down, fine = hooks
    delivery = delivery_of(hooks, tmp_path)
    async with running(delivery):
        await put(delivery, 0, BATCH)
        assert await delivery.drained([PARTITION], 30)
        await down.go(how)
        since = time.monotonic()
        # Less than its queue holds: the others get all of it at once.
        await put(delivery, BATCH, QUEUE)
        await until(lambda: len(fine.ids) == QUEUE and len(in_file(tmp_path)) == QUEUE, 30)
        await until(lambda: "down" in delivery.failing)
        assert len(down.ids) == BATCH
        assert delivery.acknowledged(PARTITION) == BATCH, "the lag of the commit shows it"
        # What is more waits outside: the memory is bounded by the queues.
        rest = asyncio.create_task(put(delivery, QUEUE, EVENTS))
        await asyncio.sleep(max(DOWN_SECONDS - (time.monotonic() - since), 0))
        assert not rest.done()
        assert max(delivery.queued.values()) <= QUEUE + BATCH
        assert delivery.acknowledged(PARTITION) == BATCH
        await down.go("up")
        await asyncio.wait_for(rest, 2 * DOWN_SECONDS + 60)
        assert await delivery.drained([PARTITION], 60)
        assert delivery.acknowledged(PARTITION) == EVENTS
        assert delivery.failing == {}
    assert fine.ids == in_file(tmp_path) == wanted(EVENTS)
    # One whose answer was lost may have had a batch twice: the ids tell.
    assert list(dict.fromkeys(down.ids)) == wanted(EVENTS)
    assert not (tmp_path / "state" / "parked.jsonl").read_bytes()


async def test_one_that_is_given_up_parks_with_its_name(
    hooks: tuple[Hook, Hook], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sink_worker, "FIRST_PAUSE", 0.01)
    down, fine = hooks
    await down.go("500")
    delivery = delivery_of(hooks, tmp_path, **{"Streams:Sinks:down:Retries": "2"})
    async with running(delivery):
        await put(delivery, 0, EVENTS)
        assert await delivery.drained([PARTITION], 120)
    assert down.ids == []
    assert down.attempts <= 4, "once given up it is tried once a minute"
    assert fine.ids == in_file(tmp_path) == wanted(EVENTS)
    parked = [orjson.loads(line) for line in (tmp_path / "state" / "parked.jsonl").read_bytes().splitlines()]
    assert [line["id"] for line in parked] == wanted(EVENTS)
    assert {(line["reason"], line["detail"]) for line in parked} == {("sink:down", "The host answered 500.")}


async def test_memory_does_not_grow_while_one_is_down(hooks: tuple[Hook, Hook], tmp_path: Path) -> None:
    down, _ = hooks
    delivery = delivery_of(hooks, tmp_path)
    async with running(delivery):
        await down.go("hanging")
        rest = asyncio.create_task(put(delivery, 0, EVENTS))
        await until(lambda: not delivery.has_room)
        await until(lambda: delivery.queued["fine"] == delivery.queued["audit"] == 0)
        tracemalloc.start()
        try:
            gc.collect()
            before = tracemalloc.get_traced_memory()[0]
            await asyncio.sleep(DOWN_SECONDS)
            gc.collect()
            grown = tracemalloc.get_traced_memory()[0] - before
        finally:
            tracemalloc.stop()
        rest.cancel()
        await asyncio.gather(rest, return_exceptions=True)
    assert grown < 1 << 20, f"{grown} bytes more after {DOWN_SECONDS} s of attempts"
