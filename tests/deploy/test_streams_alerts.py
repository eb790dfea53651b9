"""The alerts of streams, which promtool gives histories of metrics.

The smallest example: events that are 601 seconds late fire `StreamsLate`, and those of 599 do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.deploy.alert_histories import History, alerts_of, check

if TYPE_CHECKING:
    from pathlib import Path

NORMAL = 'anomaly_streams_events_total{job="b",instance="a",result="Normal"}'
OUTLIERS = 'anomaly_streams_events_total{job="b",instance="a",result="High Outlier"}'
LAG = 'anomaly_streams_lag_seconds{job="b",instance="a"}'
PARKED = 'anomaly_streams_parked_total{job="b",instance="a",reason="not-json"}'
FAILED = 'anomaly_streams_sink_total{job="b",instance="a",sink="hook",outcome="failed"}'
SENT = 'anomaly_streams_sink_total{job="b",instance="a",sink="hook",outcome="sent"}'
DRIFT = 'anomaly_streams_score_drift{job="b",instance="a"}'
LACKING = 'anomaly_streams_schema_changed{job="b",instance="a",feature="log_level"}'

HISTORIES = {
    "six outliers of a hundred": History(
        "StreamsManyAnomalies", {NORMAL: "0+94x40", OUTLIERS: "0+6x40"}, 30, fires=True
    ),
    "four outliers of a hundred": History(
        "StreamsManyAnomalies", {NORMAL: "0+96x40", OUTLIERS: "0+4x40"}, 30, fires=False
    ),
    "events that are 601 s late": History("StreamsLate", {LAG: "601x10"}, 7, fires=True),
    "events that are 599 s late": History("StreamsLate", {LAG: "599x10"}, 7, fires=False),
    "two parked records of a hundred": History(
        "StreamsParked", {NORMAL: "0+98x40", PARKED: "0+2x40"}, 30, fires=True
    ),
    "one parked record of two hundred": History(
        "StreamsParked", {NORMAL: "0+199x40", PARKED: "0+1x40"}, 30, fires=False
    ),
    "no event for 20 minutes": History("StreamsSilent", {NORMAL: "0+10x60 600x30"}, 80, fires=True),
    "no event for 10 minutes": History("StreamsSilent", {NORMAL: "0+10x60 600x30"}, 70, fires=False),
    "no event ever": History("StreamsSilent", {NORMAL: "0x90"}, 80, fires=False),
    "a sink that fails": History(
        "StreamsSinkFailing", {FAILED: "0+1x30"}, 20, fires=True, labels={"sink": "hook"}
    ),
    "a sink that failed once": History("StreamsSinkFailing", {FAILED: "0x5 1x40"}, 15, fires=False),
    "a sink that works": History("StreamsSinkFailing", {SENT: "0+9x30"}, 20, fires=False),
    "scores that fell by 1.5 deviations": History("StreamsDrift", {DRIFT: "-1.5x90"}, 70, fires=True),
    "scores that rose by half a deviation": History("StreamsDrift", {DRIFT: "0.5x90"}, 70, fires=False),
    "a field that is missing": History(
        "StreamsSchemaChanged", {LACKING: "1x5"}, 3, fires=True, labels={"feature": "log_level"}
    ),
    "a field that is there": History("StreamsSchemaChanged", {LACKING: "0x5"}, 3, fires=False),
}


def test_each_alert_fires_in_one_history_and_not_in_another() -> None:
    assert {history.alert for history in HISTORIES.values() if history.fires} == set(alerts_of("streams"))
    assert {history.alert for history in HISTORIES.values() if not history.fires} == set(alerts_of("streams"))


def test_alerts_fire_when_they_must_and_only_then(tmp_path: Path) -> None:
    check("streams", HISTORIES, tmp_path)
