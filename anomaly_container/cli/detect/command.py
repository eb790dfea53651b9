"""The command `detect`: from files to results, and the exit code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from anomaly_container.cli.detect.arguments import AUTO
from anomaly_container.cli.detect.client import HttpClient, ServerError, detect_in_process
from anomaly_container.cli.detect.destination import Label, Output
from anomaly_container.cli.detect.input import FileError, read_bytes
from anomaly_container.cli.detect.plot import check_plot
from anomaly_container.cli.detect.windowed import count_found, detect_series
from anomaly_container.cli.progress import progress
from anomaly_container.detection.univariate import Granularity
from anomaly_container.services.univariate.contract.client_request import fields_without_effect
from anomaly_container.services.univariate.contract.errors import ContractError
from anomaly_container.services.univariate.contract.limits import Limits
from anomaly_container.services.univariate.contract.series_file import SeriesFileError, read_series_file

if TYPE_CHECKING:
    from anomaly_container.cli.detect.arguments import DetectOptions
    from anomaly_container.cli.detect.client import Client
    from anomaly_container.cli.detect.windowed import Detection
    from anomaly_container.services.univariate.contract.client_request import ClientRequest
    from anomaly_container.services.univariate.contract.series_file import NamedSeries, SeriesFile

FAILED: Final = 1
FOUND: Final = 2


def detect(options: DetectOptions) -> int:
    """Detect in each series, and return the exit code: 0, 1 if one failed, 2 if something was found."""
    try:
        _check(options)
    except FileError as error:
        _print_note(str(error))
        return FAILED
    client: Client = detect_in_process if options.url is None else HttpClient(options.url, options.timeout)
    output = Output(options)
    has_failed, found = False, 0
    for number, name in enumerate(options.files, start=1):
        file = _read(options, name)
        has_failed |= file is None
        for series in () if file is None else file.series:
            label = Label.of(name, number, series)
            detection = _detect_one(
                options, label, series, client, output, is_request=file is not None and file.is_request
            )
            has_failed |= detection is None
            found += 0 if detection is None else count_found(detection.result)
    if has_failed:
        return FAILED
    return FOUND if found and options.fail_on_anomaly else 0


def _check(options: DetectOptions) -> None:
    """Refuse options that are wrong for every file."""
    if options.plot is not None:
        check_plot(options.plot)
    if wrong := fields_without_effect(options.operation) & set(options.fields):
        names = ", ".join(f"--{name.replace('_', '-')}" for name in sorted(wrong))
        reason = f"{names}: no effect on {options.operation}"
        raise FileError(reason)


def _read(options: DetectOptions, name: str) -> SeriesFile | None:
    """Read one file and print notes on how; if that fails, print why and return None."""
    label = Label.file_of(name)
    try:
        file = read_series_file(read_bytes(name), options.read)
    except (FileError, SeriesFileError) as error:
        _print_note(f"{label}: {error}")
        return None
    for note in file.notes:
        _print_note(f"{label}: {note}")
    return file


def _detect_one(  # noqa: PLR0913  # a series, its client and its output
    options: DetectOptions,
    label: Label,
    series: NamedSeries,
    client: Client,
    output: Output,
    *,
    is_request: bool,
) -> Detection | None:
    """Detect in one series and show the result; if that fails, print why and return None."""
    style = options.format or ("json" if is_request else "table")
    try:
        request = _request_of(series, options, str(label), is_request=is_request)
        is_long = len(request.points) > Limits().max_points
        with progress(str(label), is_long, label.number, len(options.files)) as advance:
            detection = detect_series(
                request,
                options.operation,
                options.version,
                client,
                longest=Limits().max_points,
                advance=advance,
            )
        for note in detection.notes:
            _print_note(f"{label}: {note}")
        output.show(detection, label, style)
    except ContractError as error:
        output.show_error(error, label, style)
        _print_note(f"{label}: {error.message} ({error.code})")
        return None
    except (FileError, ServerError) as error:
        _print_note(f"{label}: {error}")
        return None
    return detection


def _request_of(
    series: NamedSeries, options: DetectOptions, label: str, *, is_request: bool
) -> ClientRequest:
    """Return the request with the given fields, and with the granularity guessed if none is given."""
    chosen = dict(options.fields)
    granularity = options.granularity or (None if is_request else AUTO)
    if granularity == AUTO:
        found = series.cadence
        chosen["granularity"] = found.granularity
        if found.granularity is not Granularity.NONE and found.interval > 1:
            chosen.setdefault("custom_interval", found.interval)
        interval = f", custom interval {chosen['custom_interval']}" if "custom_interval" in chosen else ""
        _print_note(f"{label}: granularity {found.granularity}{interval} ({found.reason})")
    elif granularity is not None:
        chosen["granularity"] = granularity
    request = series.request.with_fields(chosen)
    if series.without_value:
        rows, gaps = ("row", "a gap") if series.without_value == 1 else ("rows", "gaps")
        # Without a granularity there is no grid, and so there are no gaps.
        treatment = "left out" if chosen.get("granularity") == Granularity.NONE else f"taken as {gaps}"
        _print_note(f"{label}: {series.without_value:,} {rows} without a value {treatment}")
    return request


def _print_note(text: str) -> None:
    sys.stderr.write(f"{text}\n")
