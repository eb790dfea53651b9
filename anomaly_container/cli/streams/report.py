"""Print the report of one hour of event time, from a file of results or the folder of the state."""

from __future__ import annotations

import sys
from argparse import ArgumentTypeError
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import orjson

from anomaly_container.cli.streams.results_file import ResultsFileError, report_of_file
from anomaly_container.cli.streams.whole_file import whole_file
from anomaly_container.services.streams.report import HOUR, HourReport
from anomaly_container.services.streams.report_files import ReportFiles, rendered
from anomaly_container.services.streams.settings import REPORT_FORMATS

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from anomaly_container.services.streams.settings import StreamsSettings

FAILED: Final = 1
FOUND: Final = 2
REPORTS: Final = "reports"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the verb to its parser."""
    add = parser.add_argument
    add(
        "results",
        type=Path,
        metavar="RESULTS",
        help="a file of results, or the folder of the state",
    )
    add(
        "--hour",
        type=_hour,
        metavar="H",
        help="such as 2026-03-01T12 (UTC); the last one by default",
    )
    add("--format", choices=REPORT_FORMATS, default="json", help="json by default")
    add("--output", type=Path, metavar="FILE", help="instead of standard output")


def run(arguments: Namespace, settings: StreamsSettings) -> int:
    """Print the report, and return the exit code."""
    try:
        report = _report(arguments, settings)
        if report is None:
            sys.stderr.write(f"{arguments.results} has no results of this hour.\n")
            return FAILED
        content = rendered(report, arguments.format)
        if arguments.output is not None:
            with whole_file(arguments.output) as file:
                file.write(content)
        else:
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()
    except ResultsFileError as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    except OSError as error:
        sys.stderr.write(f"{error.filename or 'standard output'}: {error.strerror}\n")
        return FAILED
    return FOUND if report.anomalies else 0


def _report(arguments: Namespace, settings: StreamsSettings) -> HourReport | None:
    path: Path = arguments.results
    if not path.is_dir():
        return report_of_file(path, arguments.hour, settings)
    folder = path / REPORTS if (path / REPORTS).is_dir() else path
    files = ReportFiles(folder, (), settings.report_hours)
    hours = files.hours()
    hour = arguments.hour if arguments.hour is not None else (hours[-1] if hours else None)
    content = files.read(hour) if hour is not None else None
    return None if content is None else HourReport.from_document(orjson.loads(content))


def _hour(text: str) -> int:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        message = "it must be an hour in ISO 8601, such as 2026-03-01T12"
        raise ArgumentTypeError(message) from None
    seconds = (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    return int(seconds // HOUR) * HOUR
