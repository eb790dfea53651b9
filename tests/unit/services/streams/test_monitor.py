"""Alarms and reports as a function of messages.

The smallest example: six flagged events within 15 minutes raise the alarm, whatever is said twice.
"""

from __future__ import annotations

import random

import orjson

from anomaly_container.services.streams.alarms import Notice
from anomaly_container.services.streams.flagged import Flagged
from anomaly_container.services.streams.internal_topic import FlaggedMessage, TimeMessage
from anomaly_container.services.streams.monitor import Monitor, Outcome
from anomaly_container.services.streams.notices import Change
from anomaly_container.services.streams.report import HourReport
from anomaly_container.services.streams.scoring import Scoring
from anomaly_container.services.streams.sources import Batch
from anomaly_container.services.streams.telling import flagged_messages, time_messages
from tests.support.stream_samples import records_of, sample_lines, sample_model, stream_settings

BEGIN = 1_767_225_600.0
Said = tuple[str, bytes]


def flagged(number: int, time: float, partition: str = "a-0") -> FlaggedMessage:
    event = Flagged(
        id=f"{partition}-{number}",
        partition=partition,
        offset=number,
        time=time,
        score=3.0,
        reasons=(),
        key=None,
    )
    return FlaggedMessage(event, BEGIN, time - 1.0)


def said(outcomes: list[Outcome]) -> list[Said]:
    found = []
    for outcome in outcomes:
        if isinstance(outcome, Notice):
            found.append((outcome.id, orjson.dumps(outcome.document())))
        elif isinstance(outcome, HourReport):
            found.append((f"report/{outcome.hour}", orjson.dumps(outcome.document())))
    return found


def test_six_anomalies_raise_the_alarm_and_five_do_not() -> None:
    monitor = Monitor(stream_settings())
    messages = [flagged(number, BEGIN + 60.0 * number) for number in range(1, 7)]
    assert said(monitor.take([*messages[:5], *messages[:5]])) == []
    assert [name for name, _ in said(monitor.take(messages[5:]))] == ["stream/anomalies/1"]
    assert monitor.alarms.states["anomalies"] == "ALARM"


def test_the_alarm_ends_on_a_silent_topic() -> None:
    monitor = Monitor(stream_settings())
    monitor.take(flagged(number, BEGIN + 60.0 * number) for number in range(1, 7))
    for seconds in range(0, 2400, 10):
        outcomes = monitor.take(
            [TimeMessage("a-0", 7, BEGIN, BEGIN + 360.0, BEGIN + 400.0 + seconds, False, None, ("a-0",))]
        )
        if said(outcomes):
            break
    assert next(name for name, _ in said(outcomes)) == "stream/anomalies/2"
    assert monitor.alarms.states["anomalies"] == "OK"


def behind(partition: str, clock: float, lag: float | None, offset: int = 7) -> TimeMessage:
    return TimeMessage(partition, offset, BEGIN, BEGIN, BEGIN + clock, False, lag, ("a-0", "a-1"))


def changes(outcomes: list[Outcome]) -> list[tuple[str, str, float]]:
    return [
        (outcome.alarm, outcome.after.value, outcome.count)
        for outcome in outcomes
        if isinstance(outcome, Change)
    ]


def test_a_lag_above_the_setting_raises_the_alarm_and_its_end_ends_it() -> None:
    monitor = Monitor(stream_settings(Alarm_LagSeconds="60"))
    assert changes(monitor.take([behind("a-0", 0.0, 60.0)])) == []
    begun = monitor.take([behind("a-0", 10.0, 61.0)])
    assert changes(begun) == [("lag", "ALARM", 61.0)]
    assert [name for name, _ in said(begun)] == ["stream/lag/1"]
    assert changes(monitor.take([behind("a-0", 20.0, 90.0), behind("a-0", 25.0, None)])) == []
    ended = monitor.take([behind("a-0", 30.0, 0.0)])
    assert changes(ended) == [("lag", "OK", 0.0)]
    assert [name for name, _ in said(ended)] == ["stream/lag/2"]


def test_a_partition_that_is_not_behind_does_not_end_the_alarm_of_another() -> None:
    options = stream_settings(Alarm_LagSeconds="60")
    monitor = Monitor(options)
    assert changes(monitor.take([behind("a-0", 0.0, 300.0)])) == [("lag", "ALARM", 300.0)]
    assert changes(monitor.take([behind("a-1", 1.0, 0.0)])) == []
    later = Monitor(options)
    later.restore(orjson.loads(orjson.dumps(monitor.document())))
    assert changes(later.take([behind("a-1", 11.0, 0.0)])) == []
    assert changes(later.take([behind("a-0", 12.0, 0.0)])) == [("lag", "OK", 0.0)]


def test_a_lag_raises_nothing_without_the_setting() -> None:
    monitor = Monitor(stream_settings())
    assert changes(monitor.take([behind("a-0", 0.0, 1e6)])) == []


def run(parts: int, seed: int, *, repeats: bool) -> tuple[dict[str, bytes], list[str]]:
    """Score the last part of the sample in partitions, read in random turns, and return what was said."""
    options = stream_settings(Format="json")
    scoring, monitor = Scoring(options, sample_model()), Monitor(options)
    lines = sample_lines()[16_000:19_000]
    names = [f"a-{number}" for number in range(parts)]
    waiting = {name: records_of(lines[number::parts], name) for number, name in enumerate(names)}
    turns = random.Random(seed)  # noqa: S311  # a test
    for name in names:
        scoring.begin(name, None)
    told = [
        message
        for name in names
        for message in time_messages(name, scoring.states[name], clock=None, partitions=tuple(names))
    ]
    found = said(monitor.take(told))
    while any(waiting.values()):
        name = turns.choice([name for name in names if waiting[name]])
        count = turns.randint(1, 400)
        records, waiting[name] = waiting[name][:count], waiting[name][count:]
        scored = scoring.take(Batch(records, {name: {"offset": records[-1].next_offset}}))
        messages = flagged_messages(scored.results, scoring.states)
        messages += time_messages(name, scoring.states[name], clock=None, partitions=tuple(names))
        found += said(monitor.take(messages))
        if repeats:
            assert said(monitor.take(messages)) == []
        if turns.random() < 0.1:
            kept = orjson.loads(orjson.dumps(monitor.document()))
            monitor = Monitor(options)
            monitor.restore(kept)
    found += said(monitor.end())
    assert len({name for name, _ in found}) == len(found)
    return dict(found), [name for name, _ in found if "anomalies" in name]


def test_however_partitions_are_read_the_alarms_and_reports_are_the_same() -> None:
    expected, order = run(3, 0, repeats=False)
    assert len(order) >= 4
    assert len(expected) > 40
    for seed in (1, 2):
        assert run(3, seed, repeats=True) == (expected, order)


def test_one_partition_and_four_give_the_same_reports() -> None:
    def without_ids(found: dict[str, bytes]) -> dict[str, object]:
        documents = {name: orjson.loads(content) for name, content in found.items() if "report" in name}
        for document in documents.values():
            for worst in document["worst"]:
                worst.pop("id")
        return documents

    assert without_ids(run(1, 0, repeats=False)[0]) == without_ids(run(4, 1, repeats=False)[0])
