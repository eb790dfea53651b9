"""Outputs of results, parked records, alarms and reports.

The smallest example: of two results of which the sinks have the first, the second is an output.
"""

from __future__ import annotations

import orjson

from anomaly_container.services.streams.alarms import Notice
from anomaly_container.services.streams.notices import Change
from anomaly_container.services.streams.outcomes import outputs_of, outputs_of_outcomes
from anomaly_container.services.streams.replay import replay
from anomaly_container.services.streams.report import HourReport
from anomaly_container.services.streams.scoring import Scored, Scoring
from anomaly_container.services.streams.sources import Batch
from tests.support.stream_samples import records_of, sample_lines, sample_model, stream_settings


def scored(lines: list[bytes]) -> Scored:
    scoring = Scoring(stream_settings(Format="json"), sample_model())
    scoring.begin("web", None)
    return scoring.take(Batch(records_of(lines), {"web": {"offset": 1}}))


def test_results_and_parked_records_come_in_the_order_of_their_offsets() -> None:
    lines = [sample_lines()[0], b"broken", sample_lines()[1]]
    outputs = outputs_of(scored(lines), lambda _: 0, stream_settings())
    assert [(output.id, output.what) for output in outputs] == [
        ("web-1", "results"),
        ("web-2", "parked"),
        ("web-3", "results"),
    ]
    assert outputs[1].record == b"broken"


def test_what_the_sinks_have_is_left_out() -> None:
    lines = [sample_lines()[0], b"broken", sample_lines()[1]]
    third = records_of(lines)[2].offset
    outputs = outputs_of(scored(lines), lambda _: third, stream_settings())
    assert [output.id for output in outputs] == ["web-3"]


def test_notices_and_reports_are_outputs_with_ids_and_changes_are_not() -> None:
    options = stream_settings()
    records = records_of(sample_lines()[16_000:17_500])
    outcomes = [
        one
        for one in replay(options, sample_model(), [records])
        if isinstance(one, Notice | Change | HourReport)
    ]
    outputs = outputs_of_outcomes(outcomes, "g.anomalies-0", 7, options)
    assert len(outputs) == sum(not isinstance(one, Change) for one in outcomes) > 2
    for output in outputs:
        assert orjson.loads(output.line)["id"] == output.id
        assert (output.partition, output.offset) == ("g.anomalies-0", 7)
    reports = [output for output in outputs if output.what == "reports"]
    assert reports[0].id.startswith("stream/report/2026-01-")
    assert reports[0].html is not None
    assert reports[0].html.startswith("<!doctype html>")
    assert {output.state for output in outputs} >= {"ALARM", "report"}
