"""Announcements of alarms and reports: log lines, metrics, and the files of the reports."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from anomaly_container.observability.formatters import with_facts
from anomaly_container.services.streams import metrics
from anomaly_container.services.streams.notices import Change, State
from anomaly_container.services.streams.report import HourReport
from anomaly_container.services.streams.results import iso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.services.streams.monitor import Outcome
    from anomaly_container.services.streams.report_files import ReportFiles

FIGURES: Final = {State.OK: 0, State.ALARM: 1, State.INSUFFICIENT_DATA: -1}
"""The values of the metric of an alarm."""
log = logging.getLogger(__name__)


class Announcements:
    """Takes the outcomes of the monitor.

    Parameters
    ----------
    reports
        The folder of the reports.
    """

    def __init__(self, reports: ReportFiles) -> None:
        self._reports = reports

    def __call__(self, outcomes: Sequence[Outcome]) -> None:
        """Log and count changes of alarms, and write reports."""
        for outcome in outcomes:
            if isinstance(outcome, Change):
                state = outcome.after.value
                metrics.ALARM_STATE.labels(outcome.alarm).set(FIGURES[outcome.after])
                metrics.ALARM_CHANGES.labels(outcome.alarm, state).inc()
                facts = {
                    "alarm": outcome.alarm,
                    "state": state,
                    "count": outcome.count,
                    "number": outcome.number,
                }
                log.info("An alarm changed.", extra=with_facts(facts))
            elif isinstance(outcome, HourReport):
                self._write(outcome)

    def _write(self, report: HourReport) -> None:
        try:
            self._reports.write(report)
        except OSError as error:
            # The sinks that take reports get it nevertheless.
            log.warning("The report of an hour was not written: %s.", error.strerror)
        else:
            log.info("Wrote the report of an hour.", extra=with_facts({"hour": iso(report.hour)}))
