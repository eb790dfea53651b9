"""Log lines, metrics and files of alarms and reports.

The smallest example: an alarm that begins is one line, one count, and a state of 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anomaly_container.observability.metrics import REGISTRY
from anomaly_container.services.streams.announcements import Announcements
from anomaly_container.services.streams.notices import Change, State
from anomaly_container.services.streams.replay import replay
from anomaly_container.services.streams.report import HourReport
from anomaly_container.services.streams.report_files import ReportFiles
from tests.support.stream_samples import records_of, sample_lines, sample_model, stream_settings

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def reports() -> list[HourReport]:
    records = records_of(sample_lines()[16_000:16_400])
    found = replay(stream_settings(), sample_model(), [records])
    return [one for one in found if isinstance(one, HourReport)]


def test_a_change_is_a_line_and_a_count(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    announce = Announcements(ReportFiles(tmp_path, ("json",), 3))
    announce([Change("anomalies", 1, 0.0, State.OK, State.ALARM, 6)])
    assert REGISTRY.get_sample_value("anomaly_streams_alarm_state", {"alarm": "anomalies"}) == 1.0
    changes = {"alarm": "anomalies", "state": "ALARM"}
    assert REGISTRY.get_sample_value("anomaly_streams_alarm_changes_total", changes) == 1.0
    assert [record.getMessage() for record in caplog.records] == ["An alarm changed."]


def test_a_report_is_written_and_the_oldest_removed(tmp_path: Path) -> None:
    files = ReportFiles(tmp_path, ("json", "html", "csv"), 3)
    found = reports()
    assert len(found) > 4
    Announcements(files)(found)
    assert files.hours() == [report.hour for report in found[-3:]]
    assert len(list(tmp_path.iterdir())) == 9


def test_a_disk_that_is_full_is_a_line_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    Announcements(ReportFiles(tmp_path / "file", ("json",), 3))(reports()[:1])
    assert "The report of an hour was not written" in caplog.text
