"""Usage of streams, counted with the states.

The smallest example: a state in which this container has scored 5 events raises the total of its partition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import orjson

from anomaly_container.services.streams.minute_book import MinuteBook
from anomaly_container.services.streams.state import PartitionState, encoded
from anomaly_container.services.streams.totals import Totals
from anomaly_container.services.streams.usage import STREAM_EVENTS, StreamUsage, source_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anomaly_container.metering.usage import Usage


class Held:
    """Metering in memory."""

    instance = "mine"

    def __init__(self) -> None:
        self.totals: dict[str, dict[str, int]] = {}

    def raise_to(self, source: str, totals: Mapping[str, int]) -> dict[str, int]:
        held = self.totals.setdefault(source, {})
        for name, total in totals.items():
            held[name] = max(total, held.get(name, 0))
        return dict(held)


def document_of(**lines: int) -> bytes:
    totals = Totals()
    for instance, events in lines.items():
        totals.add(instance, events, now=0.0)
    return encoded(PartitionState(MinuteBook(), totals=totals))


def test_the_line_of_this_container_alone_is_counted() -> None:
    held = Held()
    usage = StreamUsage(cast("Usage", held))
    usage.raise_all({"a-0": document_of(mine=5, other=7), "a-1": document_of(other=3)})
    assert held.totals == {"streams-a-0": {STREAM_EVENTS: 5}}
    usage.raise_all({"a-0": document_of(mine=4)})
    assert held.totals == {"streams-a-0": {STREAM_EVENTS: 5}}


def test_the_state_of_alarms_and_reports_counts_nothing() -> None:
    held = Held()
    StreamUsage(cast("Usage", held)).raise_all({"g.anomalies-0": orjson.dumps({"offset": 3, "monitor": {}})})
    assert held.totals == {}


def test_a_line_that_is_gone_from_the_state_begins_where_metering_is() -> None:
    held = Held()
    held.totals["streams-a-0"] = {STREAM_EVENTS: 9}
    states = {"a-0": PartitionState(MinuteBook())}
    StreamUsage(cast("Usage", held)).resume(states, ["a-0"], now=0.0)
    assert states["a-0"].totals.of("mine") == 9


def test_without_metering_nothing_is_counted() -> None:
    usage = StreamUsage(None)
    assert usage.instance == "-"
    usage.raise_all({"a-0": document_of(mine=5)})
    usage.resume({}, ["a-0"], now=0.0)


def test_a_strange_name_of_a_file_has_a_source_that_metering_takes() -> None:
    assert source_of("orders-0") == "streams-orders-0"
    assert source_of("a b/c").startswith("streams-a_20b_2Fc-")
