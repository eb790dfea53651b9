"""Reports in a folder.

The smallest example: a report that was written is read again as the JSON of the same document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest

from anomaly_container.services.streams.replay import replay
from anomaly_container.services.streams.report import HourReport
from anomaly_container.services.streams.report_files import ReportFiles, rendered
from tests.support.stream_samples import records_of, sample_lines, sample_model, stream_settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def report() -> HourReport:
    records = records_of(sample_lines()[16_000:16_200])
    found = replay(stream_settings(), sample_model(), [records])
    return next(one for one in found if isinstance(one, HourReport))


def test_a_report_is_read_as_it_was_written(tmp_path: Path, report: HourReport) -> None:
    files = ReportFiles(tmp_path / "reports", ("html",), 3)
    assert files.hours() == []
    files.write(report)
    assert files.hours() == [report.hour]
    content = files.read(report.hour)
    assert content is not None
    assert orjson.loads(content) == orjson.loads(orjson.dumps(report.document()))
    assert files.read(report.hour + 3600) is None
    assert sorted(path.suffix for path in (tmp_path / "reports").iterdir()) == [".html", ".json"]


def test_other_files_are_not_reports(tmp_path: Path, report: HourReport) -> None:
    (tmp_path / "notes.json").touch()
    files = ReportFiles(tmp_path, ("json",), 1)
    files.write(report)
    assert files.hours() == [report.hour]
    assert (tmp_path / "notes.json").exists()


@pytest.mark.parametrize(
    ("form", "begin"), [("json", b"{"), ("csv", b"minute"), ("html", b"<!doctype html>"), ("svg", b"<svg")]
)
def test_each_form_is_rendered(report: HourReport, form: str, begin: bytes) -> None:
    assert rendered(report, form).startswith(begin)
