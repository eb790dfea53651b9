"""The command `detect`: files in, answers out, and a code for what happened."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anomaly_container.command.asking import Server, ServerError, in_process
from anomaly_container.contract.series_file.cadence import cadence, in_time_order
from anomaly_container.command.judging import count_found, judge
from anomaly_container.command.plotting import check_plot, plot
from anomaly_container.command.printing import as_csv, as_json, as_table
from anomaly_container.command.progress import progress
from anomaly_container.contract.series_file.reading import read_question
from anomaly_container.command.source import STANDARD_INPUT, FileError, read_bytes
from anomaly_container.contract.errors import ContractError, univariate_body
from anomaly_container.contract.limits import Limits
from anomaly_container.contract.question import fields_without_effect
from anomaly_container.detection import Granularity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from anomaly_container.command.asking import Asks
    from anomaly_container.contract.series_file.csv_points import Columns
    from anomaly_container.command.judging import Judgement
    from anomaly_container.contract.question import Question
    from anomaly_container.contract.versions import ApiVersion, Operation

FAILED: Final = 1
FOUND: Final = 2
AUTO: Final = "auto"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for.

    Attributes
    ----------
    files
        Names, ``-`` for standard input.
    operation, version
        What to ask for.
    columns
        Which columns of CSV files to take.
    fields
        The request's fields that were given, but for the granularity.
    granularity
        A granularity, `AUTO`, or None: what a request says, else `AUTO`.
    sort
        Whether points are put in time order first.
    format
        ``table``, ``csv``, ``json``, or None: ``json`` for a request, else ``table``.
    show_all
        Whether a table has all points.
    plot
        Where the picture goes; with several files the name of each is put before the suffix.
    url, timeout
        The server to ask, and how many seconds to wait for it; None to answer here.
    fail_on_anomaly
        Whether findings make the exit code 2.
    """

    files: Sequence[str]
    operation: Operation
    version: ApiVersion
    columns: Columns
    fields: Mapping[str, object]
    granularity: str | None
    sort: bool
    format: str | None
    show_all: bool
    plot: Path | None
    url: str | None
    timeout: float
    fail_on_anomaly: bool


def detect(wish: Wish) -> int:
    """Answer for each file, and return the exit code: 0, 1 if a file failed, 2 if something was found."""
    try:
        _check(wish)
    except FileError as error:
        _say(str(error))
        return FAILED
    ask: Asks = in_process if wish.url is None else Server(wish.url, wish.timeout)
    answered, found = 0, 0
    for number, name in enumerate(wish.files, start=1):
        judgement = _answer(wish, name, ask, number, is_first=not answered)
        if judgement is not None:
            answered += 1
            found += count_found(judgement.result)
    if answered < len(wish.files):
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


def _answer(wish: Wish, name: str, ask: Asks, number: int, *, is_first: bool) -> Judgement | None:
    """Read, ask and show one file; say what is wrong with it and return None where that fails."""
    shown = _shown(name)
    style = wish.format
    try:
        question = read_question(read_bytes(name), wish.columns)
        style = style or ("json" if question.is_request else "table")
        question = _prepared(question, wish, shown)
        is_long = len(question.points) > Limits().max_points
        with progress(shown, is_long, number, len(wish.files)) as advance:
            judgement = judge(
                question, wish.operation, wish.version, ask, longest=Limits().max_points, advance=advance
            )
        for note in judgement.notes:
            _say(f"{shown}: {note}")
        _show(judgement, wish, style, name, is_first=is_first)
    except ContractError as error:
        if style == "json":
            as_json(univariate_body(error), several=True)
        _say(f"{shown}: {error.message} ({error.code})")
        return None
    except (FileError, ServerError) as error:
        _say(f"{shown}: {error}")
        return None
    return judgement


def _prepared(question: Question, wish: Wish, shown: str) -> Question:
    """Return the question in order where wanted, its granularity guessed, and with the fields given."""
    if wish.sort:
        question = in_time_order(question)
    chosen = dict(wish.fields)
    granularity = wish.granularity or (None if question.is_request else AUTO)
    if granularity == AUTO:
        found = cadence(question)
        chosen["granularity"] = found.granularity
        if found.granularity is not Granularity.NONE and found.interval > 1:
            chosen.setdefault("custom_interval", found.interval)
        interval = f", custom interval {chosen['custom_interval']}" if "custom_interval" in chosen else ""
        _say(f"{shown}: granularity {found.granularity}{interval} ({found.reason})")
    elif granularity is not None:
        chosen["granularity"] = granularity
    question = question.choosing(chosen)
    if question.without_value:
        rows = "row" if question.without_value == 1 else "rows"
        # Without a granularity there is no grid on which a gap could be.
        way = "left out" if chosen.get("granularity") == Granularity.NONE else "taken as gaps"
        _say(f"{shown}: {question.without_value:,} {rows} without a value {way}")
    return question


def _show(judgement: Judgement, wish: Wish, style: str, name: str, *, is_first: bool) -> None:
    shown = _shown(name)
    several = len(wish.files) > 1
    if style == "json":
        as_json(judgement.body, several=several)
    elif style == "csv":
        as_csv(judgement, shown if several else None, titled=is_first)
    else:
        as_table(judgement, shown, show_all=wish.show_all)
    if wish.plot is not None:
        path = wish.plot
        if several:
            stem = Path(shown).name.partition(".")[0].replace(" ", "-")
            path = path.with_name(f"{path.stem}-{wish.files.index(name) + 1}-{stem}{path.suffix}")
        plot(judgement, shown, path)


def _shown(name: str) -> str:
    return "standard input" if name == STANDARD_INPUT else name


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
