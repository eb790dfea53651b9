"""The alerts of batches, which promtool gives histories of metrics.

The smallest example: a file that has waited for 601 seconds fires `BatchesLate`, and one of 599 does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.deploy.alert_histories import History, alerts_of, check

if TYPE_CHECKING:
    from pathlib import Path

PROCESSED = 'anomaly_batches_total{job="b",instance="a",result="processed"}'
DEAD = 'anomaly_batches_total{job="b",instance="a",result="dead_letter"}'
ROWS = 'anomaly_batches_rows_total{job="b",instance="a"}'
LAG = 'anomaly_batches_lag_seconds{job="b",instance="a"}'
UNPUBLISHED = 'anomaly_batches_unpublished{job="b",instance="a"}'
CONFLICTS = 'anomaly_batches_conflicts_total{job="b",instance="a"}'
ERRORS = 'anomaly_batches_store_errors_total{job="b",instance="a",kind="refused"}'
PAST = 12 * 60
"""Minutes of history, which stand for a week: promtool evaluates every rule at each of them."""


def flagged(detector: str) -> str:
    return f'anomaly_batches_anomalies_total{{job="b",instance="a",detector="{detector}"}}'


HISTORIES = {
    "a file that waits for 601 s": History("BatchesLate", {LAG: "601x3"}, 2, fires=True),
    "a file that waits for 599 s": History("BatchesLate", {LAG: "599x3"}, 2, fires=False),
    "the first dead letter of a process": History("BatchesDeadLetters", {DEAD: "_x30 1x40"}, 32, fires=True),
    "another dead letter": History("BatchesDeadLetters", {DEAD: "3x30 4x40"}, 32, fires=True),
    "a dead letter of half an hour ago": History("BatchesDeadLetters", {DEAD: "3x30 4x40"}, 60, fires=False),
    "no dead letter": History("BatchesDeadLetters", {PROCESSED: "0+1x60"}, 40, fires=False),
    "five times as many anomalies and more": History(
        "BatchesManyAnomalies",
        {ROWS: f"0+100x{PAST}", flagged("zscore"): f"0+0.5x{PAST - 60} {(PAST - 60) // 2}+5x60"},
        PAST,
        fires=True,
        labels={"detector": "zscore"},
    ),
    "four times as many anomalies": History(
        "BatchesManyAnomalies",
        {ROWS: f"0+100x{PAST}", flagged("zscore"): f"0+1x{PAST - 60} {PAST - 60}+4x60"},
        PAST,
        fires=False,
    ),
    "many times as many anomalies, and fewer than 1 %": History(
        "BatchesManyAnomalies",
        {ROWS: f"0+1000x{PAST}", flagged("joint"): f"0+0.1x{PAST - 60} {(PAST - 60) // 10}+9x60"},
        PAST,
        fires=False,
    ),
    "results that are not there for six minutes": History(
        "BatchesUnpublished", {UNPUBLISHED: "1x10"}, 6, fires=True
    ),
    "results that come after four minutes": History(
        "BatchesUnpublished", {UNPUBLISHED: "1x4 0 1x4"}, 9, fires=False
    ),
    "eleven conflicts for a batch": History(
        "BatchesConflicts", {CONFLICTS: "0+11x40", PROCESSED: "0+1x40"}, 30, fires=True
    ),
    "nine conflicts for a batch": History(
        "BatchesConflicts", {CONFLICTS: "0+9x40", PROCESSED: "0+1x40"}, 30, fires=False
    ),
    "720 files, and none for 70 minutes": History(
        "BatchesNone", {PROCESSED: f"0+1x{PAST} {PAST}x80"}, PAST + 70, fires=True
    ),
    "720 files, and none for 45 minutes": History(
        "BatchesNone", {PROCESSED: f"0+1x{PAST} {PAST}x80"}, PAST + 45, fires=False
    ),
    "a store that refuses": History(
        "BatchesStoreErrors", {ERRORS: "0+1x30"}, 20, fires=True, labels={"kind": "refused"}
    ),
    "a store that refused once": History("BatchesStoreErrors", {ERRORS: "0x5 1x40"}, 15, fires=False),
}


def test_each_alert_fires_in_one_history_and_not_in_another() -> None:
    assert {history.alert for history in HISTORIES.values() if history.fires} == set(alerts_of("batches"))
    assert {history.alert for history in HISTORIES.values() if not history.fires} == set(alerts_of("batches"))


def test_alerts_fire_when_they_must_and_only_then(tmp_path: Path) -> None:
    check("batches", HISTORIES, tmp_path)
