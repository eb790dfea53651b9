"""Files of the batch pipeline with known answers, read by the csv module, and how close ours come."""

from __future__ import annotations

import csv
import gzip
import io
import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from anomaly_container.detection.batches.moments import Moments

if TYPE_CHECKING:
    from pathlib import Path

    from anomaly_container.detection.batches.compat import CompatScored
    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray

GAPS = {"", "#N/A", "N/A", "NA", "n/a", "NULL", "null", "NaN", "nan", "None", "<NA>", "#NA", "-nan", "-NaN"}
GAPS |= {"1.#IND", "1.#QNAN", "-1.#IND", "-1.#QNAN", "#N/A N/A"}
LARGEST = 1e150
CELL, MEAN, STD_OF_STD, STD_OF_MEAN = 1e-4, 1e-9, 1e-9, 1e-15
"""Tolerances of the README of the cases."""


class Reason(StrEnum):
    """Why a file is not scored, in the words of the dead letters."""

    BAD_ENCODING = "bad_encoding"
    EMPTY = "empty"
    NO_ROWS = "no_rows"
    RAGGED = "ragged"
    MISSING_COLUMN = "missing_column"
    NOT_NUMERIC = "not_numeric"


class Refused(Exception):  # noqa: N818  # the name of what happens to the file
    """The file goes to the dead letters, with this reason."""


def content(path: Path) -> bytes:
    """Return the content of a file, or of its compressed form."""
    return (
        path.read_bytes()
        if path.exists()
        else gzip.decompress(path.with_name(f"{path.name}.gz").read_bytes())
    )


def table(data: bytes) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a file; short rows are filled with empty cells, blank lines left out."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(Reason.BAD_ENCODING) from None
    lines = [cells for cells in csv.reader(io.StringIO(text, newline="")) if cells]
    if not lines:
        raise Refused(Reason.EMPTY)
    header, *rows = lines
    if not rows:
        raise Refused(Reason.NO_ROWS)
    if any(len(cells) > len(header) for cells in rows):
        raise Refused(Reason.RAGGED)
    return header, [cells + [""] * (len(header) - len(cells)) for cells in rows]


def matrix(header: list[str], rows: list[list[str]], names: list[str]) -> FloatArray:
    """Return the values of some columns: (n, C), NaN for gaps."""
    if not set(names) <= set(header):
        raise Refused(Reason.MISSING_COLUMN)
    places = [header.index(name) for name in names]
    try:
        values = np.array([[float("nan" if row[at] in GAPS else row[at]) for at in places] for row in rows])
    except ValueError:
        raise Refused(Reason.NOT_NUMERIC) from None
    values[~(np.abs(values) <= LARGEST)] = np.nan
    return values


def baseline(path: Path, names: list[str]) -> Moments:
    """Return the baseline of a file; without observations if there is no file."""
    known = json.loads(path.read_text()) if path.exists() else {}
    return Moments(*(np.array([known.get(name, {}).get(field, 0.0) for name in names]) for field in FIELDS))


FIELDS = ("count", "mean", "M2")


def row_problems(folder: Path, names: list[str], scored: CompatScored) -> list[str]:
    """Compare the columns that the pipeline appends with those of the case, cell by cell."""
    header, expected = table(content(folder / "processed.csv"))
    added = [f"{name}{suffix}" for name in names for suffix in ("_zscore", "_zscore_flag")]
    added += ["if_label", "if_score", "if_flag", "anomaly"]
    if header[-len(added) :] != added:
        return ["the header"]
    if len(expected) != scored.anomaly.size:
        return ["the number of rows"]
    cells = {name: [row[header.index(name)] for row in expected] for name in added}
    problems = []
    for at, name in enumerate(names):
        mature = bool(scored.zscores.mature[at])
        if cells[f"{name}_zscore_flag"] != _texts(scored.zscores.flags[:, at], mature):
            problems.append(f"the flags of {name}")
        ours, theirs = (
            scored.zscores.z[:, at],
            np.array([float(cell or "nan") for cell in cells[f"{name}_zscore"]]),
        )
        if not np.array_equal(np.isnan(ours), np.isnan(theirs)):
            problems.append(f"the empty scores of {name}")
        # Both are rounded to four decimals: neighbours are a little more than 1e-4 apart.
        elif np.nanmax(np.abs(ours - theirs), initial=0.0) > CELL * 1.000001:
            problems.append(f"the scores of {name}")
    texts = {
        "if_label": [str(label) for label in scored.outliers.label],
        "if_score": [repr(float(score)) for score in scored.outliers.score],
        "if_flag": _texts(scored.outliers.flags, shown=True),
        "anomaly": _texts(scored.anomaly, shown=True),
    }
    return problems + [name for name, ours in texts.items() if cells[name] != ours]


def _texts(flags: BoolArray, shown: bool) -> list[str]:
    return [str(bool(flag)) if shown else "" for flag in flags]


def baseline_problems(folder: Path, names: list[str], after: Moments) -> list[str]:
    """Compare the baseline after the file."""
    expected = json.loads((folder / "baseline_after.json").read_text())
    problems = []
    for at, name in enumerate(names):
        if name not in expected:
            problems += [] if after.count[at] == 0.0 else [f"{name} is not observed"]
            continue
        wanted = expected[name]
        mean, deviation = float(after.mean[at]), float(after.deviation()[at])
        near = STD_OF_STD * wanted["std"] + STD_OF_MEAN * abs(wanted["mean"])
        if after.count[at] != wanted["count"]:
            problems.append(f"the count of {name}")
        if abs(mean - wanted["mean"]) > MEAN * abs(wanted["mean"]):
            problems.append(f"the mean of {name}")
        if abs(deviation - wanted["std"]) > near:
            problems.append(f"the deviation of {name}")
    return problems


def summary_problems(folder: Path, names: list[str], scored: CompatScored, after: Moments) -> list[str]:
    """Compare the numbers of the summary."""
    expected: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    rows, found = scored.anomaly.size, int(scored.anomaly.sum())
    ours = {
        "total_rows": rows,
        "anomaly_count": found,
        "anomaly_rate": round(found / rows, 4),
        "baseline_observation_counts": dict(zip(names, after.count.astype(int).tolist(), strict=True)),
    }
    return [f"{name} of the summary" for name, value in ours.items() if expected[name] != value]
