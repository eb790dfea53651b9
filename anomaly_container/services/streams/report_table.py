"""The report of an hour as CSV: a row for each minute."""

from __future__ import annotations

import csv as writer
from io import StringIO
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from anomaly_container.services.streams.report import HourReport

COLUMNS: Final = ("minute", "events", "anomalies", "p95")


def csv(report: HourReport) -> str:
    """Return minute, events, anomalies and p95 of the response time of each minute with events."""
    text = StringIO()
    table = writer.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for minute in report.minutes:
        table.writerow(["" if minute[name] is None else minute[name] for name in COLUMNS])
    return text.getvalue()
