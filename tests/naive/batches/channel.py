"""One column in plain Python: every accepted value is kept with its weight, and summed anew."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import fsum, inf, isnan, nan, sqrt
from statistics import median

from tests.naive.batches import tails


@dataclass
class Column:
    """A column and its options."""

    threshold: float = 4.0
    direction: int = 0
    min_deviation: float = 0.0
    maturity: int = 30
    half_life: float = 0.0
    hold_rows: int = 200
    columns: int = 1
    accepted: list[list[float]] = field(default_factory=list)
    seen: list[float] = field(default_factory=list)
    histogram: list[float] = field(default_factory=lambda: [0.0] * 384)
    held: int = 0

    def moments(self) -> tuple[float, float, float]:
        """Weight, mean and sum of squares of the accepted values."""
        weight = fsum(w for w, _ in self.accepted)
        if not weight:
            return 0.0, 0.0, 0.0
        # From the first value, so that a constant column has exactly that mean.
        first = self.accepted[0][1]
        mean = first + fsum(w * (x - first) for w, x in self.accepted) / weight
        return weight, mean, fsum(w * (x - mean) ** 2 for w, x in self.accepted)


@dataclass
class Found:
    """Of one block: by value z, flag and severity."""

    centre: float
    scale: float
    limit: float
    z: list[float]
    flags: list[bool]
    severity: list[float]


def deviation(values: list[float]) -> float:
    mean = fsum(values) / len(values)
    return sqrt(fsum((x - mean) ** 2 for x in values) / len(values))


def block_scale(values: list[float]) -> tuple[float, float]:
    """Centre and scale of the values of a block, trimmed at four scales twice."""
    values = [x for x in values if not isnan(x)]
    if len(values) < 12:
        return nan, nan
    centre = median(values)
    whole = deviation(values)
    scale = max(1.4826 * median([abs(x - centre) for x in values]), whole / 3.0)
    for _ in range(2):
        inside = [x for x in values if abs(x - centre) <= 4.0 * scale] or values
        centre = fsum(inside) / len(inside)
        scale = max(deviation(inside), whole / 6.0)
    return centre, scale


def score(known: Column, values: list[float]) -> Found:
    weight, mean, squares = known.moments()
    mature = weight >= known.maturity
    centre, scale = (mean, 1.0025 * sqrt(squares / weight)) if mature else block_scale(values)
    limit = tails.threshold(known.histogram, known.threshold, min(0.1, 0.3 / known.columns))
    of_block = block_scale(values)
    present = [x for x in values if not isnan(x)]
    found = Found(centre, scale, limit, [], [], [])
    for x in values:
        z, flag, severity = nan, False, 0.0
        distance = x - centre
        if scale > 0.0 and not isnan(x):
            z = distance / scale
            flag = abs(z) > limit
            if mature and len(present) >= 30 and abs(z) > 0.875 * limit:
                flag = flag or abs(x - of_block[0]) > 4.5 * of_block[1]
            severity = max(abs(z) / limit, float(flag))
        elif mature and scale == 0.0 and known.min_deviation > 0.0 and not isnan(x):
            severity = abs(distance) / known.min_deviation
            flag = severity >= 1.0
        if distance * known.direction < 0.0:
            flag, severity = False, 0.0
        if abs(distance) < known.min_deviation:
            flag, severity = False, min(severity, abs(distance) / known.min_deviation)
        found.z.append(z)
        found.flags.append(flag)
        found.severity.append(severity)
    return found


def learn(known: Column, values: list[float], found: Found) -> None:
    """Learn a block into the column."""
    mature = known.moments()[0] >= known.maturity
    present = [x for x in values if not isnan(x)]
    flagged = sum(found.flags)
    enters = False
    if mature and flagged > 0.10 * len(present):
        known.held += len(values)
        enters = known.held > known.hold_rows
    elif present:
        known.held = 0
    factor = 2.0 ** (-len(present) / known.half_life) if known.half_life else 1.0
    for pair in known.accepted:
        pair[0] *= factor
    known.histogram = [
        count * factor + more
        for count, more in zip(
            known.histogram, tails.histogram([min(abs(z), inf) for z in found.z if not isnan(z)]), strict=True
        )
    ]
    known.seen += present
    known.accepted += [
        [1.0, x] for x, flag in zip(values, found.flags, strict=True) if not isnan(x) and (enters or not flag)
    ]
