"""Answers for people and for programs: a table, CSV, JSON."""

from __future__ import annotations

import csv
import io
import sys
from typing import TYPE_CHECKING, Final

from anomaly_container.command.judging import count_found, period_of
from anomaly_container.command.rows import columns, rows
from anomaly_container.detection import ChangePointResult

if TYPE_CHECKING:
    from anomaly_container.command.judging import Judgement

_COLOURS: Final = {"above": "red", "below": "blue", "change": "magenta"}
_NARROWEST: Final = 100


def as_table(judgement: Judgement, name: str, *, show_all: bool) -> None:
    """Print a table of what was found, or of all points, and a line that sums up."""
    from rich import box  # noqa: PLC0415  # the server does not need it
    from rich.console import Console  # noqa: PLC0415  # as above
    from rich.table import Table  # noqa: PLC0415  # as above

    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        # A pipe has no width; a narrow table would cut numbers.
        console.width = max(console.width, _NARROWEST)
    table = Table(box=box.SIMPLE_HEAD)
    for title in columns(judgement):
        is_text = title in {"timestamp", "anomaly", "change point"}
        table.add_column(title, justify="left" if is_text else "right", no_wrap=True)
    for row in rows(judgement):
        if row.found or show_all:
            cells = [cell if isinstance(cell, str) else f"{cell:.6g}" for cell in row.cells]
            table.add_row(*cells, style=_COLOURS.get(row.verdict))
    if table.row_count:
        console.print(table)
    console.print(f"{name}: {summary(judgement)}", soft_wrap=True)


def summary(judgement: Judgement) -> str:
    """Return how many were found among how many points, the period and the detector."""
    result = judgement.result
    found = count_found(result)
    what = "change point" if isinstance(result, ChangePointResult) else "anomaly"
    plural = "change points" if isinstance(result, ChangePointResult) else "anomalies"
    counted = f"{found:,} {what if found == 1 else plural}"
    points = len(judgement.question.points)
    return f"{counted} in {points:,} points, {period_of(result)}, model {result.model_id}"


def as_csv(judgement: Judgement, name: str | None, *, titled: bool) -> None:
    """Print all points, a line each, with the name of the file first where there are several."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if titled:
        titles = [title.replace(" ", "_") for title in columns(judgement)]
        writer.writerow(titles if name is None else ["file", *titles])
    for row in rows(judgement):
        writer.writerow(row.cells if name is None else [name, *row.cells])
    sys.stdout.write(text.getvalue())


def as_json(body: bytes, *, several: bool) -> None:
    """Print an answer byte for byte; a line each where there are several."""
    sys.stdout.write(body.decode() + ("\n" if several else ""))
