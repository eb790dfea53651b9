"""Histories of metrics for promtool, with the alerts that fire in them."""

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

    from tests.deploy.rendering import Document


@dataclass(frozen=True)
class History:
    """Values of each minute, in the notation of promtool, and whether an alert fires at a minute."""

    alert: str
    series: Mapping[str, str]
    minute: int
    fires: bool
    labels: Mapping[str, str] = field(default_factory=dict)


def rules_of(name: str) -> Path:
    """The file of alert rules of a service."""
    return ROOT / "deploy" / "observability" / f"{name}.yaml"


def alerts_of(name: str) -> dict[str, Document]:
    """The alert rules of a service, by name."""
    groups = yaml.safe_load(rules_of(name).read_text())["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def check(name: str, histories: Mapping[str, History], folder: Path) -> None:
    """Let promtool compare what fires in each history with what must; skip the test without it."""
    if shutil.which("promtool") is None:
        pytest.skip("no promtool: Debian's package prometheus has it")
    alerts = alerts_of(name)
    tests = [case(title, history, alerts[history.alert]) for title, history in histories.items()]
    file = folder / "tests.yaml"
    file.write_text(
        json.dumps({"rule_files": [str(rules_of(name))], "evaluation_interval": "1m", "tests": tests})
    )
    words = ["promtool", "test", "rules", str(file)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603  # fixed words
    assert done.returncode == 0, done.stdout + done.stderr


def case(title: str, history: History, rule: Document) -> dict[str, object]:
    """A history as promtool reads it."""
    alerts = [
        {
            "exp_labels": {"job": "b", **rule["labels"], **history.labels},
            "exp_annotations": rule["annotations"],
        }
    ]
    return {
        "name": title,
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
