"""The joint detector in plain Python: every learnt row is kept with its weight, and the matrix made anew."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import cbrt, isnan, nan, sqrt
from statistics import median, pstdev

from tests.naive.batches import tails

Row = list[float]


@dataclass
class Known:
    """The rows without a flag; until the start they have no weight yet."""

    columns: int
    hold_rows: int = 200
    half_life: float = 0.0
    waiting: list[Row] = field(default_factory=list)
    rows: list[tuple[float, Row]] = field(default_factory=list)
    histogram: list[float] = field(default_factory=lambda: [0.0] * 384)
    held: int = 0
    started: bool = False


def moments(rows: list[tuple[float, Row]]) -> tuple[float, Row, list[Row]]:
    weight = sum(w for w, _ in rows)
    columns = range(len(rows[0][1]))
    # From the first row, so that a constant column has exactly that mean.
    first = rows[0][1]
    mean = [first[c] + sum(w * (row[c] - first[c]) for w, row in rows) / weight for c in columns]
    products = [
        [sum(w * (row[a] - mean[a]) * (row[b] - mean[b]) for w, row in rows) for b in columns]
        for a in columns
    ]
    return weight, mean, products


def inverse(matrix: list[Row]) -> list[Row]:
    """By Gauss and Jordan, with the largest pivot."""
    size = len(matrix)
    work = [row[:] + [float(a == b) for b in range(size)] for a, row in enumerate(matrix)]
    for at in range(size):
        best = max(range(at, size), key=lambda row: abs(work[row][at]))
        work[at], work[best] = work[best], work[at]
        work[at] = [x / work[at][at] for x in work[at]]
        for row in range(size):
            if row != at:
                work[row] = [x - work[row][at] * y for x, y in zip(work[row], work[at], strict=True)]
    return [row[size:] for row in work]


@dataclass
class Shape:
    """Mean, scales and precision of the columns that vary."""

    varying: list[int]
    mean: Row
    scale: Row
    precision: list[Row]


def shape(rows: list[tuple[float, Row]]) -> Shape:
    weight, mean, products = moments(rows)
    varying = [c for c in range(len(mean)) if products[c][c] > 0.0]
    ridge = min(0.5, 0.01 + len(varying) / weight)
    correlation = [
        [
            (1.0 - ridge) * products[a][b] / sqrt(products[a][a] * products[b][b]) + ridge * (a == b)
            for b in varying
        ]
        for a in varying
    ]
    return Shape(
        varying,
        [mean[c] for c in varying],
        [sqrt(products[c][c] / weight) for c in varying],
        inverse(correlation),
    )


def squared(of: Shape, row: Row, without: int | None = None) -> float:
    """The squared distance of a row; without a column the matrix is that of the others."""
    v = [
        0.0 if isnan(row[c]) else (row[c] - m) / s
        for c, m, s in zip(of.varying, of.mean, of.scale, strict=True)
    ]
    precision = of.precision
    if without is not None:
        correlation = inverse(of.precision)
        kept = [at for at, c in enumerate(of.varying) if c != without]
        precision = inverse([[correlation[a][b] for b in kept] for a in kept])
        v = [v[at] for at in kept]
    return sum(v[a] * precision[a][b] * v[b] for a in range(len(v)) for b in range(len(v)))


def normal_score(q: float, k: int) -> float:
    return max(0.0, (cbrt(q / k) - (1.0 - 2.0 / (9.0 * k))) / sqrt(2.0 / (9.0 * k)))


def concentrate(rows: list[Row]) -> list[Row]:
    """The rows of a sample that belong together, gaps filled with medians."""
    columns = range(len(rows[0]))
    centre = [median([row[c] for row in rows if not isnan(row[c])] or [0.0]) for c in columns]
    rows = [[centre[c] if isnan(row[c]) else row[c] for c in columns] for row in rows]
    scale = []
    for c in columns:
        distances = [abs(row[c] - centre[c]) for row in rows]
        scale.append(median(distances) or pstdev(distances) or 1.0)
    distance = [sum(((row[c] - centre[c]) / scale[c]) ** 2 for c in columns) for row in rows]
    k = 0
    for _ in range(6):
        order = sorted(range(len(rows)), key=distance.__getitem__)[: int(0.75 * len(rows))]
        of = shape([(1.0, rows[at]) for at in order])
        k = len(of.varying)
        distance = [squared(of, row) for row in rows]
    middle = median(distance)
    factor = k * (1.0 - 2.0 / (9.0 * k)) ** 3 / middle
    return [row for row, q in zip(rows, distance, strict=True) if normal_score(q * factor, k) <= 4.0]


def score(known: Known, rows: list[Row]) -> tuple[float, list[float], list[int]]:
    """Threshold, u of each row, and for those beyond it the column without which it would be nearest."""
    if not known.started:
        return 4.0, [nan] * len(rows), [-1] * len(rows)
    of = shape(known.rows)
    limit = tails.threshold(known.histogram, 4.0, 0.1)
    scores = [
        nan if all(isnan(x) for x in row) else normal_score(squared(of, row), len(of.varying)) for row in rows
    ]
    reasons = [
        min(of.varying, key=lambda c: squared(of, row, c)) if u > limit else -1
        for u, row in zip(scores, rows, strict=True)
    ]
    return limit, scores, reasons


def learn(known: Known, rows: list[Row], limit: float, scores: list[float], flagged: list[bool]) -> None:
    shifted = sum(u > limit for u in scores) > 0.25 * len(rows)
    known.held = known.held + len(rows) if shifted else 0
    enters = known.held > known.hold_rows
    chosen = [
        row
        for row, flag in zip(rows, flagged, strict=True)
        if (enters or not flag) and not all(isnan(x) for x in row)
    ]
    factor = 2.0 ** (-len(rows) / known.half_life) if known.half_life else 1.0
    more = tails.histogram([u for u in scores if not isnan(u)])
    known.histogram = [a * factor + b for a, b in zip(known.histogram, more, strict=True)]
    known.rows = [(w * factor, row) for w, row in known.rows]
    if known.started:
        _, mean, _ = moments(known.rows)
        known.rows += [
            (1.0, [m if isnan(x) else x for x, m in zip(row, mean, strict=True)]) for row in chosen
        ]
        return
    known.waiting += chosen
    if len(known.waiting) >= max(1000, 50 * known.columns):
        known.rows = [(1.0, row) for row in concentrate(known.waiting)]
        known.started, known.waiting = True, []
