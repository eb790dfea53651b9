"""Several processes over one store that fails, are killed and come back: every object is committed once.

The smallest example: one process, one object; the state is the baseline of its rows, and the table that is
published is the one that a fresh baseline gives.
"""

from __future__ import annotations

import asyncio
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from anomaly_container.outbound.errors import Unavailable
from anomaly_container.services.batches import keys, learnt, reader, state
from anomaly_container.services.batches.modes import mode_of
from anomaly_container.services.batches.scored import Output, Source
from anomaly_container.services.batches.state import State, units_of
from anomaly_container.services.batches.waiting import Item
from tests.support.batch_process import Process, batches_settings, without_pauses
from tests.support.faulty_store import FaultyStore, Objects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anomaly_container.services.batches.ledger import Entry
    from anomaly_container.services.batches.settings import BatchesSettings
    from anomaly_container.services.batches.steps import Step

RUNS = 50
PROCESSES = 3
SECONDS = 60.0
LATER = 1e9
"""The clock of the processes: later than all that the store has."""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    without_pauses(monkeypatch)


def dice(seed: float) -> random.Random:
    return random.Random(seed)  # noqa: S311  # equal seeds give equal runs


def rows_of(seed: int, rows: int = 40) -> bytes:
    draw = dice(seed)
    lines = [f"{i},{draw.gauss(20, 2):.2f},{draw.gauss(5, 1):.3f}" for i in range(rows)]
    return "\n".join(["timestamp,a,b", *lines]).encode() + b"\n"


@dataclass
class Fate:
    """What happens to the calls of one process.

    Attributes
    ----------
    draw
        Decides.
    calls
        How many calls it has until it is killed.
    steps
        How many steps it reaches until it is killed.
    faulty
        The share of calls that fail.
    """

    draw: random.Random
    calls: int
    steps: int
    faulty: float
    is_dead: bool = False

    def before(self, _call: str, _key: str) -> None:
        self.calls -= 1
        if self.calls <= 0 and self.draw.random() < 0.5:
            self.is_dead = True
        self._fail()

    def after(self, _call: str, _key: str) -> None:
        if self.calls <= 0:
            self.is_dead = True
        self._fail()

    def reached(self, _step: Step) -> None:
        self.steps -= 1
        if self.steps <= 0:
            self.is_dead = True

    def _fail(self) -> None:
        if self.is_dead:
            raise asyncio.CancelledError
        if self.draw.random() < self.faulty:
            raise Unavailable(message="away")


@dataclass
class World:
    """The store, the messages that are not finished, and the processes."""

    seed: int
    settings: BatchesSettings
    threads: ThreadPoolExecutor
    objects: Objects = field(default_factory=Objects)
    messages: dict[int, Item] = field(default_factory=dict)
    held: dict[int, int] = field(default_factory=dict)
    processes: dict[int, tuple[Process, Fate]] = field(default_factory=dict)
    kills: int = 0

    def __post_init__(self) -> None:
        self.draw = dice(self.seed)

    def send(self, key: str, etag: str) -> None:
        number = len(self.messages) + len(self.held) + self.draw.randrange(1 << 60)

        async def finish() -> None:
            self.messages.pop(number, None)

        self.messages[number] = Item(key=key, etag=etag, finish=finish)

    def upload(self, key: str, data: bytes) -> None:
        etag = self.objects.write(key, data)
        for _ in range(1 if self.draw.random() < 0.7 else 2):
            self.send(key, self.draw.choice((etag, etag, "")))

    def start(self, number: int, *, lasts: bool = False) -> None:
        fate = Fate(
            dice(self.draw.random()),
            10**9 if lasts else self.draw.randrange(5, 150),
            10**9 if lasts else self.draw.randrange(1, 60),
            0.0 if lasts else 0.02,
        )
        store = FaultyStore(self.objects, fate.before, fate.after)
        process = Process(
            store,
            self.settings,
            self.threads,
            container=f"container-{number}",
            clock=lambda: LATER,
            reached=fate.reached,
        )
        process.start()
        process.begin(_patiently(process.parts.repair.publish, 0.0))
        process.begin(_patiently(process.parts.listing.look))
        self.processes[number] = process, fate
        self.held = {message: holder for message, holder in self.held.items() if holder != number}

    async def tend(self) -> None:
        """Deliver messages, and replace the processes that were killed."""
        for number, (process, fate) in list(self.processes.items()):
            if fate.is_dead:
                await process.kill()
                self.kills += 1
                self.start(number)
            elif process.failure is not None:
                pytest.fail(f"seed {self.seed}: a task of process {number} has failed: {process.failure!r}")
        for message, item in list(self.messages.items()):
            if message not in self.held:
                number = self.draw.choice(list(self.processes))
                self.held[message] = number
                process, _ = self.processes[number]
                process.begin(process.parts.waiting.put(item))
        await asyncio.sleep(0)


async def _patiently(call: Any, *arguments: Any) -> None:  # noqa: ANN401  # any call
    while True:
        try:
            await call(*arguments)
        except Unavailable:
            await asyncio.sleep(0.001)
        else:
            return


def states_of(objects: Objects) -> Iterator[State]:
    return (state.decode(data) for key, data in objects.written if key == keys.STATE)


def commits_of(objects: Objects) -> list[Entry]:
    """Return what was committed, in order: what each state has that the one before had not."""
    committed: list[Entry] = []
    known: set[tuple[str, str, str]] = set()
    for number, one in enumerate(states_of(objects)):
        assert one.revision == number + 1
        for entry in one.ledger.entries.values():
            name = entry.key, entry.etag, entry.attempt
            if name not in known:
                known.add(name)
                committed.append(entry)
    return committed


def check(world: World, versions: dict[tuple[str, str], bytes]) -> None:
    objects, settings = world.objects, world.settings
    committed = commits_of(objects)
    names = [(entry.key, entry.etag) for entry in committed if not entry.reason]
    assert len(names) == len(set(names)), "a batch was committed twice"
    for key in objects.keys(keys.RAW):
        dead = [one for one in committed if one.reason and (one.key, one.etag) == (key, objects.etag(key))]
        assert ((key, objects.etag(key)) in names) is not bool(dead), f"{key} is neither"
    mode, baseline = mode_of(settings), None
    columns, outputs, rows, points = settings.column_names, {}, 0, 0
    for entry in committed:
        if entry.reason:
            continue
        data = versions[entry.key, entry.etag]
        source = Source(entry.key, entry.etag, partial(list, [data]))
        output = Output(mode.score(source, columns, baseline, keeps_increment=False))
        outputs[entry.key] = entry, b"".join(output)
        scored = output.scored
        assert scored is not None
        baseline, columns = scored.learnt, scored.columns
        assert (entry.rows, entry.anomalies) == (scored.rows, scored.anomalies)
        rows += scored.rows
        points += units_of(scored.rows * len(columns))
    last = state.decode(objects.data(keys.STATE))
    assert orjson.dumps(last.model) == orjson.dumps(learnt.to_json(baseline)), "the state is not the replay"
    assert (last.files, last.rows) == (len(names), rows)
    assert sum(line.batches for line in last.usage.values()) == len(names)
    assert sum(line.points for line in last.usage.values()) == points
    assert not last.ledger.unpublished()
    for key, (entry, table) in outputs.items():
        assert objects.data(keys.output_key(key)) == table, f"{key} is not what was committed"
        summary = orjson.loads(objects.data(keys.summary_key(key)))
        assert (summary["batch_id"], summary["total_rows"]) == (entry.id, entry.rows)
    assert len(objects.keys(keys.PROCESSED)) == 2 * len(outputs)
    assert objects.keys(keys.STAGING) == []


async def simulate(seed: int) -> int:
    """Return how many processes were killed."""
    draw = dice(seed)
    settings = batches_settings(
        columns=draw.choice((None, "a,b")),
        keep=draw.choice((10, 1000)),
        mode=draw.choice(("default", "compat")),
    )
    if settings.mode == "compat" and settings.columns is None:
        settings = batches_settings(columns="a,b", keep=settings.keep, mode="compat")
    with ThreadPoolExecutor(2, "scoring") as threads:
        world = World(seed, settings, threads)
        versions: dict[tuple[str, str], bytes] = {}
        uploads = [(f"raw/{number % 18}.csv", seed * 1000 + number) for number in range(22)]
        draw.shuffle(uploads)
        for number in range(PROCESSES):
            world.start(number)
        async with asyncio.timeout(SECONDS):
            while uploads or world.messages:
                if uploads and draw.random() < 0.1:
                    key, number = uploads.pop()
                    data = b"a,b\n1,2,3\n" if number % 9 == 8 else rows_of(number)
                    world.upload(key, data)
                    versions[key, world.objects.etag(key)] = data
                await world.tend()
            for process, _ in world.processes.values():
                await process.kill()
            world.processes.clear()
            world.start(PROCESSES, lasts=True)
            process, _ = world.processes[PROCESSES]
            await process.parts.listing.look()
            await process.idle()
            await process.parts.repair.publish(0.0)
            await process.parts.repair.sweep(0.0)
            await process.kill()
        check(world, versions)
        return world.kills


def test_one_process_and_one_object() -> None:
    async def run() -> Objects:
        objects = Objects()
        objects.write("raw/a.csv", rows_of(1))
        with ThreadPoolExecutor(1, "scoring") as threads:
            process = Process(FaultyStore(objects), batches_settings(), threads)
            process.start()
            await process.work([Item(key="raw/a.csv")])
            await process.kill()
        return objects

    objects = asyncio.run(run())
    last = state.decode(objects.data(keys.STATE))
    assert (last.files, last.rows, last.columns) == (1, 40, ("a", "b"))
    table = objects.data("processed/a.csv").splitlines()
    assert len(table) == 41
    assert table[0] == (
        b"timestamp,a,b,a_zscore,a_zscore_flag,b_zscore,b_zscore_flag,joint_score,joint_flag,severity,reason,anomaly"
    )


@pytest.mark.parametrize(("most", "runs"), [(1 << 20, RUNS), (500, RUNS // 5)], ids=["short", "long"])
def test_every_object_is_committed_once_and_the_state_is_a_replay(
    most: int, runs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "MOST_READ_WHOLE", most)
    kills = sum(asyncio.run(simulate(seed)) for seed in range(runs))
    assert kills > runs
