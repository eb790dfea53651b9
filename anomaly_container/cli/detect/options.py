"""The arguments of the command `detect`, and how they become its options."""

from __future__ import annotations

import csv
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anomaly_container.cli.detect.arguments import AUTO, DetectOptions
from anomaly_container.cli.detect.client import AUTHORITY_VARIABLE, KEY_VARIABLE
from anomaly_container.cli.detect.command import detect
from anomaly_container.detection.univariate import Granularity, ImputeMode
from anomaly_container.services.univariate.contract.series_file import ALL, DateOrder, ReadOptions
from anomaly_container.services.univariate.contract.versions import ApiVersion, Operation

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterable
    from enum import StrEnum

FIELDS: Final = (
    "sensitivity",
    "max_anomaly_ratio",
    "period",
    "custom_interval",
    "impute_mode",
    "impute_value",
    "stable_trend_window",
    "threshold",
)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    add = parser.add_argument
    add(
        "files", nargs="+", metavar="FILE", help="CSV, JSON or JSON lines, also gzipped; - for standard input"
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--operation",
        type=_lower,
        choices=_strings(Operation),
        default=str(Operation.ENTIRE),
        help="entire by default",
    )
    which.add_argument(
        "--last", dest="operation", action="store_const", const=str(Operation.LAST), help="--operation last"
    )
    which.add_argument(
        "--changepoint",
        dest="operation",
        action="store_const",
        const=str(Operation.CHANGE_POINT),
        help="--operation changepoint",
    )
    add(
        "--version",
        "--api-version",
        type=_version,
        choices=_strings(ApiVersion),
        default=str(ApiVersion.V1_1),
        help="version of the API, the newest by default; the v may be omitted",
    )
    add(
        "--granularity",
        type=_lower,
        choices=[AUTO, *_strings(Granularity)],
        help="guessed from the timestamps by default",
    )
    add("--custom-interval", type=int, metavar="N", help="units of the granularity between two points")
    add("--sensitivity", type=int, metavar="0-99", help="higher is a narrower band")
    add("--max-anomaly-ratio", type=_finite, metavar="RATIO", help="largest share of anomalies, up to 0.49")
    add("--period", type=int, metavar="N", help="points per season, 0 for none; detected by default")
    add("--impute-mode", type=_impute_mode, choices=_strings(ImputeMode), help="how gaps are filled")
    add("--impute-value", type=_finite, metavar="X", help="value of filled gaps with --impute-mode fixed")
    add("--stable-trend-window", type=int, metavar="N", help="number of points that a new trend must last")
    add("--threshold", type=_finite, metavar="X", help="0.01 to 0.99; lower accepts fewer change points")
    add("--timestamp-column", metavar="NAME", help="name or number (from 1) of the timestamp column")
    add(
        "--value-column",
        type=_names,
        metavar="NAMES",
        help="the value column, or several separated by commas for a series each, or all",
    )
    add(
        "--by",
        metavar="NAMES",
        help="column that identifies the series, such as the name of a sensor, or several",
    )
    add(
        "--date-order",
        type=_lower,
        choices=_strings(DateOrder),
        help="how dates like 1/2/2025 are read if the file leaves it open",
    )
    add("--no-times", action="store_true", help="treat the points as consecutive and read no timestamps")
    add("--sort", action="store_true", help="sort the points by time first")
    add(
        "--format", type=_lower, choices=["table", "json", "csv"], help="table by default, json for a request"
    )
    add("--all", dest="show_all", action="store_true", help="list all points in the table, not only findings")
    add("--plot", type=Path, metavar="FILE", help="draw a picture, .png or .svg (needs the extra 'plot')")
    add(
        "--url",
        metavar="URL",
        help=f"send requests to this server; its key ({KEY_VARIABLE}) and a file of certificate authorities "
        f"({AUTHORITY_VARIABLE}) are read from the environment",
    )
    add("--timeout", type=_seconds, default=60.0, metavar="SECONDS", help="how long to wait for the server")
    add("--fail-on-anomaly", action="store_true", help="exit with 2 if something was found")


def _strings(choices: Iterable[StrEnum]) -> list[str]:
    """Return choices as plain strings, which argparse prints as they are typed."""
    return [str(choice) for choice in choices]


def _lower(text: str) -> str:
    return text.lower()


def _version(text: str) -> str:
    return text.lower() if text.lower().startswith("v") else f"v{text.lower()}"


def _impute_mode(text: str) -> str:
    return next((mode for mode in _strings(ImputeMode) if mode.lower() == text.lower()), text)


def _names(text: str) -> tuple[str, ...]:
    """Return names separated by commas; a name that contains a comma is quoted."""
    names = tuple(name.strip() for name in next(csv.reader([text], skipinitialspace=True), []))
    if not all(names) or not names:
        raise ValueError
    return ALL if names == ALL else names


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError
    return number


def _seconds(text: str) -> float:
    seconds = _finite(text)
    if seconds <= 0:
        raise ValueError
    return seconds


# argparse names the expected type in its messages by these.
_finite.__name__, _seconds.__name__, _names.__name__ = "number", "number of seconds", "list of columns"


def options_from(arguments: Namespace) -> DetectOptions:
    """Return the options of the parsed arguments."""
    given = {name: getattr(arguments, name) for name in FIELDS}
    return DetectOptions(
        files=arguments.files,
        operation=Operation(arguments.operation),
        version=ApiVersion(arguments.version),
        read=ReadOptions(
            timestamp_column=arguments.timestamp_column,
            value_columns=arguments.value_column,
            by=arguments.by,
            date_order=None if arguments.date_order is None else DateOrder(arguments.date_order),
            sort=arguments.sort,
            no_times=arguments.no_times,
        ),
        fields={name: value for name, value in given.items() if value is not None},
        granularity=arguments.granularity,
        format=arguments.format,
        show_all=arguments.show_all,
        plot=arguments.plot,
        url=arguments.url,
        timeout=arguments.timeout,
        fail_on_anomaly=arguments.fail_on_anomaly,
    )


def run(arguments: Namespace) -> int:
    """Detect, and return the exit code."""
    return detect(options_from(arguments))
