"""The formats of the output: table, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import sys
from typing import TYPE_CHECKING, Final

from anomaly_container.cli.detect.table_rows import columns, rows
from anomaly_container.cli.detect.windowed import count_found, period_of
from anomaly_container.detection.univariate import ChangePointResult, detector_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anomaly_container.cli.detect.windowed import Detection

_COLOURS: Final = {"above": "red", "below": "blue", "change": "magenta"}
_WIDEST: Final = 10_000


def as_table(detection: Detection, name: str, *, show_all: bool) -> None:
    """Print a table of the findings, or of all points, and a summary line."""
    from rich import box  # noqa: PLC0415  # the server does not need it
    from rich.console import Console  # noqa: PLC0415  # as above
    from rich.measure import Measurement  # noqa: PLC0415  # as above
    from rich.table import Table  # noqa: PLC0415  # as above

    console = Console(highlight=False, markup=False, emoji=False)
    table = Table(box=box.SIMPLE_HEAD)
    for title in columns(detection):
        is_text = title in {"timestamp", "anomaly", "change point"}
        table.add_column(title, justify="left" if is_text else "right", no_wrap=True)
    for row in rows(detection):
        if row.found or show_all:
            cells = [cell if isinstance(cell, str) else f"{cell:.6g}" for cell in row.cells]
            table.add_row(*cells, style=_COLOURS.get(row.verdict))
    if table.row_count:
        # A narrower table would cut off numbers; a line that the terminal wraps does not.
        wanted = Measurement.get(console, console.options.update(max_width=_WIDEST), table).maximum
        console.width = max(console.width, wanted)
        console.print(table)
    console.print(f"{name}: {summary(detection)}", soft_wrap=True)


def summary(detection: Detection) -> str:
    """Return the number of findings, the number of points, the period and the detector."""
    result = detection.result
    found = count_found(result)
    what = "change point" if isinstance(result, ChangePointResult) else "anomaly"
    plural = "change points" if isinstance(result, ChangePointResult) else "anomalies"
    counted = f"{found:,} {what if found == 1 else plural}"
    points = len(detection.request.points)
    detector = detector_name(result.model_id)
    return f"{counted} in {points:,} points, {period_of(result)}" + (f", {detector}" if detector else "")


def as_csv(detection: Detection, names: Mapping[str, str], *, titled: bool) -> None:
    """Print all points, one per line, preceded by the names of file and series if there are several."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if titled:
        writer.writerow([*names, *(title.replace(" ", "_") for title in columns(detection))])
    for row in rows(detection):
        writer.writerow([*names.values(), *row.cells])
    sys.stdout.write(text.getvalue())


def as_json(body: bytes, names: Mapping[str, str], *, several: bool) -> None:
    """Print a body byte for byte: on its own line if there are several, in an object if it has names."""
    text = body.decode()
    if names:
        text = json.dumps(dict(names), ensure_ascii=False)[:-1] + f', "answer": {text}}}'
    sys.stdout.write(text + ("\n" if several or names else ""))
