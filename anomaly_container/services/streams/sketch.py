"""Percentiles that add up: a histogram of logarithmic buckets, with exact counts, sums and extremes."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray

ERROR: Final = 0.01
GAMMA: Final = (1 + ERROR) / (1 - ERROR)
MOST_BUCKETS: Final = 2048
SMALLEST: Final = 1e-9
BOUNDARIES: Final = SMALLEST * GAMMA ** np.arange(math.ceil(math.log(1e18 / SMALLEST, GAMMA)) + 1)
"""The upper ends of the buckets; smaller numbers count as 0, larger ones belong to the last."""
FRACTION_BITS: Final = 40
"""Sums are kept in whole multiples of 2^-40, since adding floats depends on the order."""


class Sketch:
    """A distribution that is known by its histogram; two of them merge into that of all their values.

    A bucket of number i > 0 holds the values in (b[i-1], b[i]], b[i] = 1e-9 gamma^i, gamma = (1 + e)/(1 - e);
    its middle 2 b[i]/(1 + gamma) is at most e = 1 % away from each. Negative values have negative numbers.
    Beyond 2,048 buckets the lowest are merged, so that the high percentiles stay right. Count, sum, least and
    largest value are exact, whatever the order of adding and merging: so are the bytes of the document.

    References
    ----------
    Masson, Rim, Lee. DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees.
    PVLDB 12(12), 2019.

    Examples
    --------
    >>> import numpy as np
    >>> sketch = Sketch()
    >>> sketch.add(np.array([1.0, 2.0, 3.0, 100.0]))
    >>> sketch.count, sketch.mean, sketch.largest
    (4, 26.5, 100.0)
    >>> round(sketch.percentile(50), 1)
    2.0
    """

    __slots__ = ("buckets", "count", "largest", "least", "total")

    def __init__(self) -> None:
        self.buckets: dict[int, int] = {}
        self.count = 0
        self.total = 0
        self.least = math.inf
        self.largest = -math.inf

    def add(self, values: FloatArray) -> None:
        """Add values.

        Parameters
        ----------
        values
            Finite numbers, of shape (n,).
        """
        for sketch in grouped(values, np.zeros(values.size, np.int64)).values():
            self.merge(sketch)

    def merge(self, other: Sketch) -> None:
        """Add the values of another sketch."""
        for number, count in other.buckets.items():
            self.buckets[number] = self.buckets.get(number, 0) + count
        self.count += other.count
        self.total += other.total
        self.least = min(self.least, other.least)
        self.largest = max(self.largest, other.largest)
        self.bound()

    @property
    def mean(self) -> float | None:
        """The mean; None if the sketch is empty."""
        return from_units(self.total, self.count) if self.count else None

    def percentile(self, percent: int) -> float | None:
        """Return the value of rank ceil(percent * count / 100), within 1 %; None if the sketch is empty.

        Parameters
        ----------
        percent
            1 to 100.
        """
        if not self.count:
            return None
        rank = -(-percent * self.count // 100)
        for number in sorted(self.buckets):
            rank -= self.buckets[number]
            if rank <= 0:
                return min(max(_middle(number), self.least), self.largest)
        return self.largest

    def document(self) -> dict[str, Any]:
        """Return the sketch as JSON."""
        numbers = sorted(self.buckets)
        return {
            "count": self.count,
            "total": str(self.total),
            "least": self.least if self.count else None,
            "largest": self.largest if self.count else None,
            "numbers": numbers,
            "counts": [self.buckets[number] for number in numbers],
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Sketch:
        """Read what `document` returned.

        Raises
        ------
        ValueError
            If the counts do not add up.
        """
        sketch = cls()
        sketch.buckets = dict(zip(document["numbers"], document["counts"], strict=True))
        sketch.count = document["count"]
        sketch.total = int(document["total"])
        if sketch.count != sum(sketch.buckets.values()):
            message = "The counts of a histogram do not add up"
            raise ValueError(message)
        if sketch.count:
            sketch.least, sketch.largest = float(document["least"]), float(document["largest"])
        return sketch

    def bound(self) -> None:
        """Merge the lowest buckets if there are too many."""
        if len(self.buckets) <= MOST_BUCKETS:
            return
        numbers = sorted(self.buckets, reverse=True)
        lowest = numbers[MOST_BUCKETS - 1]
        for number in numbers[MOST_BUCKETS:]:
            self.buckets[lowest] += self.buckets.pop(number)


def grouped(values: FloatArray, groups: IntArray) -> dict[int, Sketch]:
    """Return the sketch of the values of each group.

    Parameters
    ----------
    values
        Finite numbers, of shape (n,).
    groups
        The group of each value, of shape (n,).

    Examples
    --------
    >>> import numpy as np
    >>> sketches = grouped(np.array([1.0, 5.0, 3.0]), np.array([0, 60, 0]))
    >>> {group: sketch.mean for group, sketch in sketches.items()}
    {0: 2.0, 60: 5.0}
    """
    order = np.argsort(groups, kind="stable")
    values, groups = values[order], groups[order]
    starts = np.flatnonzero(np.diff(groups, prepend=groups[:1] - 1))
    sketches: dict[int, Sketch] = {}
    if not starts.size:
        return sketches
    figures = zip(
        groups[starts].tolist(),
        np.diff(starts, append=values.size).tolist(),
        _exact_sums(values, starts),
        np.minimum.reduceat(values, starts).tolist(),
        np.maximum.reduceat(values, starts).tolist(),
        strict=True,
    )
    for group, count, total, least, largest in figures:
        sketch = sketches[group] = Sketch()
        sketch.count, sketch.total, sketch.least, sketch.largest = count, total, least, largest
    counts = Counter(zip(groups.tolist(), _numbers(values).tolist(), strict=True))
    for (group, number), count in counts.items():
        sketches[group].buckets[number] = count
    for sketch in sketches.values():
        sketch.bound()
    return sketches


def _numbers(values: FloatArray) -> IntArray:
    sizes = np.abs(values)
    places = np.searchsorted(BOUNDARIES, sizes, side="left").clip(max=BOUNDARIES.size - 1)
    return np.where(values < 0, -places, places)


def _middle(number: int) -> float:
    if number == 0:
        return 0.0
    return math.copysign(2 * float(BOUNDARIES[abs(number)]) / (1 + GAMMA), number)


def _exact_sums(values: FloatArray, starts: IntArray) -> list[int]:
    if np.abs(values).max() < 2.0**39 and values.size < 2**22:
        whole = np.trunc(values)
        parts = np.rint((values - whole) * 2.0**FRACTION_BITS).astype(np.int64)
        pairs = zip(
            np.add.reduceat(whole.astype(np.int64), starts).tolist(),
            np.add.reduceat(parts, starts).tolist(),
            strict=True,
        )
        return [(units << FRACTION_BITS) + fractions for units, fractions in pairs]
    return [sum(map(in_units, part.tolist())) for part in np.split(values, starts[1:])]


def in_units(value: float) -> int:
    """Return a number in units of 2^-40, rounded half to even."""
    return round(Fraction(value) * (1 << FRACTION_BITS))


def from_units(total: int, count: int) -> float:
    """Return the mean of numbers from their sum in units of 2^-40."""
    return total / (count << FRACTION_BITS)
