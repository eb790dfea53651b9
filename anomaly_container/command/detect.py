"""The command `detect`: files in, answers out, and a code for what happened."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from anomaly_container.command.asking import Server, ServerError, in_process
from anomaly_container.command.judging import count_found, judge
from anomaly_container.command.output import Label, Output
from anomaly_container.command.plotting import check_plot
from anomaly_container.command.progress import progress
from anomaly_container.command.source import FileError, read_bytes
from anomaly_container.command.wish import AUTO
from anomaly_container.contract.errors import ContractError
from anomaly_container.contract.limits import Limits
from anomaly_container.contract.question import fields_without_effect
from anomaly_container.contract.series_file import SeriesFileError, read_series_file
from anomaly_container.detection import Granularity

if TYPE_CHECKING:
    from anomaly_container.command.asking import Asks
    from anomaly_container.command.judging import Judgement
    from anomaly_container.command.wish import Wish
    from anomaly_container.contract.question import Question
    from anomaly_container.contract.series_file import NamedSeries, SeriesFile

FAILED: Final = 1
FOUND: Final = 2


def detect(wish: Wish) -> int:
    """Answer for each series, and return the exit code: 0, 1 if one failed, 2 if something was found."""
    try:
        _check(wish)
    except FileError as error:
        _say(str(error))
        return FAILED
    ask: Asks = in_process if wish.url is None else Server(wish.url, wish.timeout)
    output = Output(wish)
    has_failed, found = False, 0
    for number, name in enumerate(wish.files, start=1):
        file = _read(wish, name)
        has_failed |= file is None
        for series in () if file is None else file.series:
            label = Label.of(name, number, series)
            judgement = _answer(
                wish, label, series, ask, output, is_request=file is not None and file.is_request
            )
            has_failed |= judgement is None
            found += 0 if judgement is None else count_found(judgement.result)
    if has_failed:
        return FAILED
    return FOUND if found and wish.fail_on_anomaly else 0


def _check(wish: Wish) -> None:
    """Refuse what no file could make good."""
    if wish.plot is not None:
        check_plot(wish.plot)
    if wrong := fields_without_effect(wish.operation) & set(wish.fields):
        names = ", ".join(f"--{name.replace('_', '-')}" for name in sorted(wrong))
        reason = f"{names}: no effect on {wish.operation}"
        raise FileError(reason)


def _read(wish: Wish, name: str) -> SeriesFile | None:
    """Read one file and say how; say what is wrong with it and return None where that fails."""
    shown = Label.file_of(name)
    try:
        file = read_series_file(read_bytes(name), wish.read)
    except (FileError, SeriesFileError) as error:
        _say(f"{shown}: {error}")
        return None
    for note in file.notes:
        _say(f"{shown}: {note}")
    return file


def _answer(  # noqa: PLR0913  # a series, whom to ask, and where the answer goes
    wish: Wish, label: Label, series: NamedSeries, ask: Asks, output: Output, *, is_request: bool
) -> Judgement | None:
    """Ask about one series and show the answer; where that fails say why and return None."""
    style = wish.format or ("json" if is_request else "table")
    try:
        question = _prepared(series, wish, str(label), is_request=is_request)
        is_long = len(question.points) > Limits().max_points
        with progress(str(label), is_long, label.number, len(wish.files)) as advance:
            judgement = judge(
                question, wish.operation, wish.version, ask, longest=Limits().max_points, advance=advance
            )
        for note in judgement.notes:
            _say(f"{label}: {note}")
        output.show(judgement, label, style)
    except ContractError as error:
        output.refuse(error, label, style)
        _say(f"{label}: {error.message} ({error.code})")
        return None
    except (FileError, ServerError) as error:
        _say(f"{label}: {error}")
        return None
    return judgement


def _prepared(series: NamedSeries, wish: Wish, label: str, *, is_request: bool) -> Question:
    """Return the question with its granularity guessed, and with the fields given."""
    chosen = dict(wish.fields)
    granularity = wish.granularity or (None if is_request else AUTO)
    if granularity == AUTO:
        found = series.cadence
        chosen["granularity"] = found.granularity
        if found.granularity is not Granularity.NONE and found.interval > 1:
            chosen.setdefault("custom_interval", found.interval)
        interval = f", custom interval {chosen['custom_interval']}" if "custom_interval" in chosen else ""
        _say(f"{label}: granularity {found.granularity}{interval} ({found.reason})")
    elif granularity is not None:
        chosen["granularity"] = granularity
    question = series.question.choosing(chosen)
    if series.without_value:
        rows, gaps = ("row", "a gap") if series.without_value == 1 else ("rows", "gaps")
        # Without a granularity there is no grid on which a gap could be.
        way = "left out" if chosen.get("granularity") == Granularity.NONE else f"taken as {gaps}"
        _say(f"{label}: {series.without_value:,} {rows} without a value {way}")
    return question


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
