"""The alerts of batches, which promtool gives histories of metrics.

The smallest example: a file that has waited for 601 seconds fires `BatchesLate`, and one of 599 does not.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.deploy.rendering import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RULES = ROOT / "deploy" / "observability" / "batches.yaml"
ALERTS = {
    rule["alert"]: rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]
}
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


@dataclass(frozen=True)
class History:
    """Values of each minute, in the notation of promtool, and whether an alert fires at a minute."""

    alert: str
    series: Mapping[str, str]
    minute: int
    fires: bool
    labels: Mapping[str, str] = field(default_factory=dict)


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


def test_an_alert_of_each_rule_fires() -> None:
    assert {history.alert for history in HISTORIES.values() if history.fires} == set(ALERTS)
    assert {history.alert for history in HISTORIES.values() if not history.fires} == set(ALERTS)


@pytest.mark.skipif(
    shutil.which("promtool") is None, reason="no promtool: Debian's package prometheus has it"
)
def test_alerts_fire_when_they_must_and_only_then(tmp_path: Path) -> None:
    file = tmp_path / "tests.yaml"
    file.write_text(
        json.dumps(
            {
                "rule_files": [str(RULES)],
                "evaluation_interval": "1m",
                "tests": [case(name, history) for name, history in HISTORIES.items()],
            }
        )
    )
    words = ["promtool", "test", "rules", str(file)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603  # fixed words
    assert done.returncode == 0, done.stdout + done.stderr


def case(name: str, history: History) -> dict[str, object]:
    """A history as promtool reads it."""
    rule = ALERTS[history.alert]
    alerts = [
        {
            "exp_labels": {"job": "b", **rule["labels"], **history.labels},
            "exp_annotations": rule["annotations"],
        }
    ]
    return {
        "name": name,
        "interval": "1m",
        "input_series": [{"series": one, "values": values} for one, values in history.series.items()],
        "alert_rule_test": [
            {
                "eval_time": f"{history.minute}m",
                "alertname": history.alert,
                "exp_alerts": alerts if history.fires else [],
            }
        ],
    }
