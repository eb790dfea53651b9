"""Score a source that ends in stream time, as fast as it goes; the same records give the same bytes.

Without Model=FILE the first part of the records trains one, and the rest is scored. Results are lines of
JSON; of the source `sample` a table is printed instead, and a page is written.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import orjson

from anomaly_container.cli.streams.episode_counts import EpisodeCounts
from anomaly_container.cli.streams.findings import Findings
from anomaly_container.cli.streams.page import HEAD, page
from anomaly_container.cli.streams.reading import SourceError, source
from anomaly_container.cli.streams.replayed import Replayed, replayed
from anomaly_container.cli.streams.texts import change, clock, columns, reasons
from anomaly_container.cli.streams.whole_file import whole_file
from anomaly_container.services.streams.events import Parked
from anomaly_container.services.streams.model_bytes import ModelFileError
from anomaly_container.services.streams.models.unavailable import ModelUnavailableError
from anomaly_container.services.streams.outputs import parked
from anomaly_container.services.streams.report import HourReport
from anomaly_container.services.streams.report_files import ReportFiles
from anomaly_container.services.streams.results import Result
from anomaly_container.services.streams.settings import SAMPLE

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from anomaly_container.cli.streams.episode_counts import Row
    from anomaly_container.services.streams.monitor import Outcome
    from anomaly_container.services.streams.settings import StreamsSettings

FAILED: Final = 1
FOUND: Final = 2
RESULTS: Final = "results"
SCORES: Final = "scores"
DEFAULT_PAGE: Final = Path("report.html")


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the verb to its parser."""
    add = parser.add_argument
    add(
        "source",
        type=source,
        metavar="SOURCE",
        help="a path, also with .gz; -; sample; or kafka://host:port/topic",
    )
    add("--output", type=Path, metavar="FILE", help="the file of the results instead of standard output")
    add(
        "--format",
        choices=(RESULTS, SCORES),
        default=RESULTS,
        help="what a line is: a result, or only its score, as a batch transform of SageMaker leaves it",
    )
    add(
        "--parked",
        type=Path,
        metavar="FILE",
        help="a file of the records that are not events, as lines of JSON",
    )
    add("--reports", type=Path, metavar="FOLDER", help="a folder for the hourly reports")
    add("--page", type=Path, metavar="FILE", help=f"a page of the replay; {DEFAULT_PAGE} for the sample")


def run(arguments: Namespace, settings: StreamsSettings) -> int:
    """Replay the source, and return the exit code."""
    chosen = settings.model_copy(update={"source": arguments.source})
    counts = EpisodeCounts(SAMPLE)
    if chosen.sinks:
        sys.stderr.write("A replay sends nothing to the sinks of the settings.\n")
    try:
        begun = replayed(chosen)
        with ExitStack() as files:
            findings = _Writer(arguments, chosen, files).write(begun, counts)
        _show(arguments, begun, findings, counts.rows())
    except (SourceError, ModelFileError, ModelUnavailableError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    except OSError as error:
        sys.stderr.write(f"{error.filename or 'standard output'}: {error.strerror}\n")
        return FAILED
    return FOUND if findings.counted["anomalies"] else 0


class _Writer:
    """Writes results, parked records and reports to where the arguments say."""

    def __init__(self, arguments: Namespace, settings: StreamsSettings, files: ExitStack) -> None:
        self._settings = settings
        self._only_scores = arguments.format == SCORES
        self._results: IO[bytes] | None = None
        if arguments.output:
            self._results = files.enter_context(whole_file(arguments.output))
        elif settings.source != SAMPLE:
            self._results = sys.stdout.buffer
        self._parked = files.enter_context(whole_file(arguments.parked)) if arguments.parked else None
        self._reports: ReportFiles | None = None
        if arguments.reports:
            self._reports = ReportFiles(arguments.reports, settings.report_forms, settings.report_hours)

    def write(self, begun: Replayed, counts: EpisodeCounts) -> Findings:
        """Write the outcome, and return the findings."""
        findings = Findings()
        for one in begun.told:
            findings.add(one)
            if isinstance(one, Result):
                counts.add(one)
            self._write_one(one)
        if self._results is not None:
            self._results.flush()
        return findings

    def _write_one(self, one: Result | Parked | Outcome) -> None:
        if isinstance(one, Result):
            if self._results is not None:
                line = orjson.dumps({"score": one.score}) if self._only_scores else one.line(self._settings)
                self._results.write(line + b"\n")
        elif isinstance(one, Parked):
            if self._parked is not None:
                self._parked.write(parked(one.record, one.reason, one.detail).line + b"\n")
        elif isinstance(one, HourReport) and self._reports is not None:
            self._reports.write(one)


def _show(arguments: Namespace, begun: Replayed, findings: Findings, rows: Sequence[Row]) -> None:
    """Print the findings: of the sample on standard output, otherwise in a few lines on standard error."""
    if arguments.source == SAMPLE:
        lines = [
            *columns([(clock(one.time), f"{one.score:.2f}", reasons(one)) for one in findings.outliers]),
            "",
            *map(change, findings.changes),
            "",
            *columns([HEAD, *rows]),
        ]
        sys.stdout.writelines(f"{line}\n" for line in lines)
    else:
        sys.stderr.writelines(f"{line}\n" for line in map(change, findings.changes))
    path = arguments.page or (DEFAULT_PAGE if arguments.source == SAMPLE else None)
    if path is not None:
        with whole_file(path) as file:
            file.write(page(findings, f"Replay of {arguments.source}", rows).encode())
    counted, trained = findings.counted, begun.trained
    parts = [f"{counted['anomalies']:,} outliers in {counted['results']:,} events"]
    if trained is not None:
        parts.append(f"trained on {trained.seen:,} events before")
    parts += [f"{number:,} parked: {reason}" for reason, number in sorted(findings.parked.items())]
    parts += [f"written {path}"] if path is not None else []
    sys.stderr.write(f"{'; '.join(parts)}\n")
    if trained is not None:
        sys.stderr.writelines(f"{sentence}\n" for sentence in trained.warnings)
