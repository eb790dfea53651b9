"""Two members on Apache Kafka, killed at random.

The smallest example: whoever is killed when, every event is in the result topic at least once, and states,
reports and alarms are those of one member that was left in peace.
"""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING, Any

import orjson

from anomaly_container.services.streams import sample
from anomaly_container.services.streams.snapshots import opened
from tests.system.streams.processes import members, sample_lines, trained
from tests.system.streams.topics import TopicReader, create, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.scale import Scale
    from tests.system.streams.brokers import Broker
    from tests.system.streams.processes import Members

PARTITIONS = 4
SECONDS = 120.0
SECONDS_UNTIL_OUT = 6


def words_of(broker: Broker, folder: Path, stream: str, topic: str) -> dict[str, str]:
    """Return the settings of a stream with sinks in topics."""
    return {
        "Streams:Name": stream,
        "Streams:Source": f"kafka://{broker.address}/{topic}",
        "Streams:Model": str(folder / "model"),
        "Streams:StateSeconds": "1",
        "Streams:Kafka:SessionSeconds": str(SECONDS_UNTIL_OUT),
        "Streams:Kafka:RebalanceSeconds": "10",
        "Streams:Kafka:BatchMs": "50",
        "Streams:Kafka:BatchEvents": "500",
        "Streams:Sinks:results:Type": "topic",
        "Streams:Sinks:results:Topic": f"{stream}.results",
        "Streams:Sinks:notices:Type": "topic",
        "Streams:Sinks:notices:What": "alarms,reports",
        "Streams:Sinks:notices:Topic": f"{stream}.notices",
    }


class Outcome:
    """What a group has left behind.

    Parameters
    ----------
    results
        The lines of the results by id, with how often each came.
    notices
        All contents of each notice and report, by key.
    states
        The last states by partition.
    """

    def __init__(self) -> None:
        self.results: dict[bytes, set[bytes]] = {}
        self.repeats = 0
        self.notices: dict[bytes, set[bytes]] = {}
        self.states: dict[str, dict[str, Any]] = {}

    def take(self, results: list[Any], notices: list[Any], states: list[Any]) -> None:
        """Take the records of the topics of a group."""
        for record in results:
            self.results.setdefault(record.key, set()).add(record.value)
        self.repeats = len(results) - len(self.results)
        for record in notices:
            self.notices.setdefault(record.key, set()).add(record.value)
        for record in states:
            document = opened(record.value) if record.value is not None else None
            if document is not None and record.key.startswith(b"web-"):
                state = orjson.loads(document)
                totals = state.pop("totals")
                state["total"] = totals["folded"] + sum(total for total, _ in totals["lines"].values())
                name = record.key.decode()
                if (
                    name not in self.states
                    or state["position"]["offset"] >= self.states[name]["position"]["offset"]
                ):
                    self.states[name] = state


async def gathered(broker: Broker, stream: str, events: int, group: Members, notices: int | None) -> Outcome:
    """Wait until all events are in the topics, stop the members, and return what they have left."""
    async with (
        TopicReader(broker.address, f"{stream}.results", PARTITIONS) as results,
        TopicReader(broker.address, f"{stream}.notices", 1) as told,
    ):
        deadline = time.monotonic() + SECONDS
        quiet = time.monotonic()
        seen = 0
        while True:
            distinct = len({record.key for record in await results.more()})
            known = len({record.key for record in await told.more()})
            if known != seen:
                seen, quiet = known, time.monotonic()
            is_told = known >= notices if notices is not None else time.monotonic() - quiet > 15
            if distinct == events and is_told:
                break
            assert time.monotonic() < deadline, (distinct, known, notices, told.keys(), group.logs())
            assert all(process.poll() is None for process in group.running), group.logs()
        await asyncio.to_thread(group.stop)
        async with TopicReader(broker.address, f"anomaly-{stream}.state", 1) as states:
            outcome = Outcome()
            outcome.take(await results.all(), await told.all(), await states.all())
            return outcome


async def test_kills_lose_nothing_and_leave_the_same_states_and_alarms(
    apache: Broker, tmp_path: Path, scale: Scale, record_property: Callable[[str, object], None]
) -> None:
    trained(sample_lines()[:16_000]).save(tmp_path / "model")
    events = scale.of(20_000, 200_000)
    lines = [line for seed in range(2, 2 + events // 20_000) for line in sample.lines(seed)]
    topic = "web"
    kills = random.Random(5)  # noqa: S311  # a test
    await create(apache.address, {topic: PARTITIONS})

    async def run(stream: str, deaths: int, expected: int | None, *, writes: bool) -> tuple[Outcome, int]:
        await create(apache.address, {f"{stream}.results": PARTITIONS, f"{stream}.notices": 1})
        own = tmp_path / stream
        own.mkdir()
        with members(own, words_of(apache, tmp_path, stream, topic)) as group:
            group.start()
            if deaths:
                group.start()
            for part in range(deaths + 1):
                begin, end = len(lines) * part // (deaths + 1), len(lines) * (part + 1) // (deaths + 1)
                if writes:
                    parts = {number: lines[begin + number : end : PARTITIONS] for number in range(PARTITIONS)}
                    await write(apache.address, topic, parts)
                if part < deaths:
                    await asyncio.sleep(0.5 + 4.0 * kills.random())
                    await asyncio.to_thread(group.kill, kills.choice(group.running))
                    group.start()
            outcome = await gathered(apache, stream, len(lines), group, expected)
            return outcome, group.counted()

    killed, counted_through_kills = await run("killed", scale.of(3, 20), None, writes=True)
    undisturbed, counted = await run("calm", 0, len(killed.notices), writes=False)
    record_property(
        "shown",
        f"kafka, {scale.name} form: {len(killed.results)} of {len(lines)} events, "
        f"{killed.repeats} repeats by id, {len(killed.notices)} alarms and reports",
    )
    assert {key: len(values) for key, values in killed.results.items() if len(values) > 1} == {}
    assert killed.results.keys() == undisturbed.results.keys()
    assert killed.states == undisturbed.states
    assert {key: len(values) for key, values in killed.notices.items() if len(values) > 1} == {}
    renamed = {key.replace(b"killed/", b"calm/") for key in killed.notices}
    assert renamed == undisturbed.notices.keys()
    assert counted == counted_through_kills == len(lines)
