"""Scoring, and the states that it holds.

The smallest example: a stream that is stopped after any event and taken up from its state goes on as if it
had never been stopped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_container.services.streams.scoring import Scored, Scoring
from anomaly_container.services.streams.sources import Batch
from tests.support.stream_samples import records_of, sample_lines, sample_model, stream_settings

if TYPE_CHECKING:
    from anomaly_container.services.streams.events import Record

EVENTS = 400
KINDS: tuple[dict[str, str], ...] = ({}, {"Forest_Shingle": "3"})
RULES = ("three-sigma", "running", "tracking")


def batch_of(records: list[Record]) -> Batch:
    return Batch(records, {record.partition: {"offset": record.next_offset} for record in records})


def records_with_faults() -> list[Record]:
    """Events of which every fiftieth cannot be read and every twentieth is late."""
    lines = list(sample_lines()[16_100 : 16_100 + EVENTS])
    for place in range(0, EVENTS, 50):
        lines[place] = b"not an event"
    for place in range(40, EVENTS, 20):
        lines[place], lines[place - 9] = lines[place - 9], lines[place]
    return records_of(lines)


def results_of(scored: Scored) -> list[bytes]:
    return [result.line(stream_settings()) for result in scored.results]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("kind", KINDS, ids=["one row", "shingle"])
def test_a_stream_that_is_taken_up_from_its_state_goes_on_as_if_it_had_not_been_stopped(
    kind: dict[str, str], rule: str
) -> None:
    model, records = sample_model(**kind), records_with_faults()
    options = stream_settings(Threshold_Rule=rule, Format="json")
    whole = Scoring(options, model)
    whole.begin("web", None)
    expected = results_of(whole.take(batch_of(records)))

    @given(cuts=st.lists(st.integers(0, EVENTS), max_size=5).map(sorted))
    @settings(max_examples=6, deadline=None)
    def stopped(cuts: list[int]) -> None:
        document, found = None, []
        for begin, end in zip([0, *cuts], [*cuts, EVENTS], strict=True):
            part = Scoring(options, model)
            part.begin("web", document)
            found += results_of(part.take(batch_of(records[begin:end])))
            document = part.document("web")
        assert found == expected
        assert document == whole.document("web")

    stopped()


def test_what_the_state_has_seen_is_left_out() -> None:
    scoring = Scoring(stream_settings(), sample_model())
    scoring.begin("web", None)
    records = records_of(sample_lines()[:30])
    scoring.take(batch_of(records[:20]))
    again = scoring.take(batch_of(records[10:]))
    assert [result.id for result in again.results] == [f"web-{number}" for number in range(21, 31)]
    assert scoring.states["web"].totals.sum == 30


def test_partitions_have_their_own_states() -> None:
    scoring = Scoring(stream_settings(), sample_model())
    for name in ("a-0", "a-1"):
        scoring.begin(name, None)
    lines = sample_lines()
    scored = scoring.take(batch_of([*records_of(lines[:20], "a-0"), *records_of(lines[20:50], "a-1")]))
    assert [result.partition for result in scored.results] == ["a-0"] * 20 + ["a-1"] * 30
    assert [scoring.states[name].totals.sum for name in ("a-0", "a-1")] == [20, 30]
    first, second = (scoring.states[name].stream_time for name in ("a-0", "a-1"))
    assert first is not None
    assert second is not None
    assert first < second
    scoring.drop("a-0")
    assert list(scoring.states) == ["a-1"]


def timed(time: float) -> bytes:
    return orjson.dumps(
        {"timestamp": time, "response_time": 50.0, "level": "INFO", "method": "GET", "path": "/"}
    )


def test_late_events_are_marked_and_those_of_the_future_move_nothing() -> None:
    scoring = Scoring(stream_settings(Format="json"), sample_model(), now=lambda: 1_767_300_000.0)
    scoring.begin("web", None)
    times = [1_767_300_000.0, 1_767_299_941.0, 1_767_299_939.0, 1_767_300_301.0, 1_767_299_999.0]
    scored = scoring.take(batch_of(records_of([timed(time) for time in times])))
    assert [result.late for result in scored.results] == [False, False, True, False, False]
    assert [result.future for result in scored.results] == [False, False, False, True, False]
    assert scoring.states["web"].stream_time == 1_767_300_000.0
    assert scored.results[0].stream_time is None
    assert scored.results[4].stream_time == 1_767_300_000.0


def test_a_new_model_begins_its_threshold_anew() -> None:
    scoring = Scoring(stream_settings(Threshold_Rule="running"), sample_model())
    scoring.begin("web", None)
    scoring.take(batch_of(records_of(sample_lines()[:500])))
    moved = scoring.threshold("web")
    other = sample_model(Forest_Shingle="3")
    scoring.model = other
    assert (
        scoring.threshold("web") == other.threshold(stream_settings(Threshold_Rule="running")).level != moved
    )
    assert scoring.states["web"].model == other.id


def test_an_offset_that_was_set_back_keeps_the_totals_alone() -> None:
    scoring = Scoring(stream_settings(), sample_model(), instance="mine")
    scoring.begin("web", None)
    scoring.take(batch_of(records_of(sample_lines()[:100])))
    document = scoring.document("web")
    assert scoring.begin("web", document) == {"offset": scoring.offset("web")}
    assert scoring.begin("web", document, anew=True) is None
    assert scoring.offset("web") == 0
    assert scoring.states["web"].stream_time is None
    assert scoring.states["web"].totals.of("mine") == 100


def test_a_forest_that_learns_scores_each_event_before_it_knows_it() -> None:
    lines = sample_lines()[16_400:16_412]
    options = stream_settings(Forest_Learn="true", Forest_Trees="10", Forest_Sample="64")
    found = []
    for size in (12, 1):
        sample_model.cache_clear()  # the forest itself learns
        scoring = Scoring(options, sample_model())
        scoring.begin("web", None)
        records = records_of(lines)
        batches = [records[begin : begin + size] for begin in range(0, len(records), size)]
        found.append([result.score for part in batches for result in scoring.take(batch_of(part)).results])
    sample_model.cache_clear()
    assert found[0] == found[1]
