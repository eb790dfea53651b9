"""Outputs for the sinks, made of results, parked records, alarms and reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson

from anomaly_container.services.streams.alarms import Notice
from anomaly_container.services.streams.outputs import Output, What, parked
from anomaly_container.services.streams.report import HourReport
from anomaly_container.services.streams.report_page import html
from anomaly_container.services.streams.results import iso

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from anomaly_container.services.streams.monitor import Outcome
    from anomaly_container.services.streams.results import ResultSettings
    from anomaly_container.services.streams.scoring import Scored

REPORT: Final = "report"


def outputs_of(scored: Scored, muted: Callable[[str], int], settings: ResultSettings) -> list[Output]:
    """Return the outputs of a batch, by partition and offset, without those that sinks have already.

    Parameters
    ----------
    scored
        The batch.
    muted
        Returns the offset of a partition below which everything was delivered.
    settings
        The settings of the content of a result.
    """
    found = [result.output(settings) for result in scored.results if result.offset >= muted(result.partition)]
    bad = [
        parked(one.record, one.reason, one.detail)
        for one in scored.parked
        if one.record.offset >= muted(one.record.partition)
    ]
    return sorted([*found, *bad], key=lambda output: (output.partition, output.offset)) if bad else found


def output_of(outcome: Outcome, partition: str, offset: int, settings: ResultSettings) -> Output | None:
    """Return the output of a notice or a report; None for a change that is not sent.

    Parameters
    ----------
    outcome
        An outcome of the monitor.
    partition, offset
        The position of the record that it came from.
    settings
        The settings, with the name of the stream.
    """
    if isinstance(outcome, Notice):
        document = outcome.document()
        return Output(What.ALARMS, outcome.id, partition, offset, orjson.dumps(document), str(outcome.state))
    if isinstance(outcome, HourReport):
        name = f"{settings.name}/{REPORT}/{iso(outcome.hour)}"
        line = orjson.dumps({"id": name, "stream": settings.name, **outcome.document()})
        return Output(What.REPORTS, name, partition, offset, line, REPORT, html=html(outcome))
    return None


def outputs_of_outcomes(
    outcomes: Iterable[Outcome], partition: str, offset: int, settings: ResultSettings
) -> list[Output]:
    """Return the outputs of notices and reports."""
    found = (output_of(outcome, partition, offset, settings) for outcome in outcomes)
    return [output for output in found if output is not None]
