"""Alarms and reports of a file.

The smallest example: the state of a file has that of its alarms, which go on from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anomaly_container.services.streams.in_memory import MonitoredFile
from anomaly_container.services.streams.scoring import Scoring
from anomaly_container.services.streams.sources import Batch
from anomaly_container.services.streams.telling import flagged_messages, time_messages
from tests.support.stream_samples import records_of, sample_lines, sample_model, stream_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.services.streams.events import Record
    from anomaly_container.services.streams.monitor import Outcome
    from anomaly_container.services.streams.outputs import Output

RECORDS = records_of(sample_lines()[16_000:17_500])


class Run:
    """A file that is scored and monitored."""

    def __init__(self, document: bytes | None = None, muted: int = 0) -> None:
        self.heard: list[Outcome] = []
        self.scoring = Scoring(stream_settings(), sample_model())
        self.file = MonitoredFile(stream_settings(), self.scoring, self.hear)
        self.position = self.file.begin("web", document, anew=False)
        self.muted = muted

    def hear(self, outcomes: Sequence[Outcome]) -> None:
        self.heard += outcomes

    def take(self, records: list[Record]) -> list[Output]:
        scored = self.scoring.take(Batch(records, {"web": {"offset": records[-1].next_offset}}))
        messages = flagged_messages(scored.results, self.scoring.states)
        messages += time_messages("web", self.scoring.states["web"], clock=None, partitions=("web",))
        return self.file.tell(messages, lambda _: self.muted)


def lines_of(outputs: list[Output]) -> list[tuple[str, bytes]]:
    return [(output.id, output.line) for output in outputs]


def test_alarms_and_reports_go_on_from_the_state_of_the_file() -> None:
    whole = Run()
    expected = whole.take(RECORDS[:800]) + whole.take(RECORDS[800:])
    assert len(expected) > 5
    first = Run()
    found = first.take(RECORDS[:800])
    second = Run(first.file.document("web"))
    assert second.position == {"offset": RECORDS[800].offset}
    found += second.take(RECORDS[800:])
    assert lines_of(found) == lines_of(expected)
    assert second.file.document("web") == whole.file.document("web")


def test_what_the_sinks_have_is_heard_and_not_given_again() -> None:
    muted = Run(muted=RECORDS[-1].next_offset)
    assert muted.take(RECORDS) == []
    assert len(muted.heard) > 5


def test_a_file_that_is_dropped_leaves_its_alarms_to_be_looked_at() -> None:
    run = Run()
    run.take(RECORDS)
    run.file.drop("web")
    assert run.scoring.states == {}
    assert run.file.monitor.alarms.states["anomalies"] in {"OK", "ALARM"}
