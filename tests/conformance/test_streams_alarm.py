"""The alarm of streams against the cases of `conformance/streams/alarm_*`.

The smallest example: six anomalies within 900 seconds make one change to ALARM and one notice of it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from anomaly_container.services.streams.alarm import Alarm
from anomaly_container.services.streams.alarm_settings import AlarmSettings
from anomaly_container.services.streams.maintenance import Maintenance
from anomaly_container.services.streams.notices import Change, Due
from tests.conformance.cases import FOLDER

if TYPE_CHECKING:
    from pathlib import Path

CASES = sorted((FOLDER / "streams").glob("alarm_*.json"))


def rule(settings: dict[str, Any]) -> AlarmSettings:
    assert settings["tick"] == 60
    return AlarmSettings(
        name="anomalies",
        threshold=settings["threshold"],
        period_seconds=settings["period"],
        periods=settings["n"],
        datapoints=settings["m"],
        window=settings["window"],
        missing=settings["missing"],
        clear_at=settings["clear_at"],
        clear_ticks=settings["clear_ticks"],
        maintenance=(),
    )


@pytest.mark.skipif(not CASES, reason="no conformance folder")
def test_there_are_fourteen_cases() -> None:
    assert len(CASES) == 14


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_changes_and_notices_are_those_of_the_case(path: Path) -> None:
    case = json.loads(path.read_text())
    spans = tuple((float(start), float(end)) for start, end in case["settings"]["maintenance"])
    alarm = Alarm(rule(case["settings"]), Maintenance(spans=spans))

    found = [
        item for time, anomalous in case["events"] for item in alarm.event(float(time), anomalous=anomalous)
    ]
    found += alarm.advance(float(case["until"]))

    changes = [[item.time, item.before, item.after, item.count] for item in found if isinstance(item, Change)]
    notices = [[item.time, item.state, item.count] for item in found if isinstance(item, Due)]
    assert changes == case["transitions"]
    assert notices == case["notifications"]
    assert alarm.state == case["state"]
