"""The estimated cost of a request before it is answered: milliseconds of one processor, an upper bound.

The numbers are those of the most expensive bodies that `make dearest` and a sweep over all kinds of its
series found on 2026-11-30, the least of three runs: 20 kinds of values (constant, two alternating values,
spikes of all sizes, ...), all operations, imputations and granularities, and periods up to half of the grid.
An ordinary series takes a third to a half of them. `make dearest` prints the cost beside the estimate.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from anomaly_container.detection.univariate import ChangePointOptions, kernels_compiled, worked_length
from anomaly_container.services.univariate.contract.versions import Operation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from anomaly_container.services.univariate.contract.request import Request

POINTS: Final = (0, 12, 120, 250, 500, 1000, 1600, 8640, 17_280)
"""The numbers of points, after gaps are filled, to which the milliseconds below belong."""
WITH_KERNELS: Final[Mapping[Operation, Sequence[float]]] = {
    Operation.ENTIRE: (1.3, 1.3, 1.9, 2.5, 4.0, 11.0, 23.0, 230.0, 560.0),
    Operation.LAST: (1.4, 1.4, 2.2, 3.1, 4.5, 11.0, 24.0, 230.0, 560.0),
    Operation.CHANGE_POINT: (0.6, 0.6, 0.9, 1.4, 2.4, 6.6, 12.5, 14.0, 28.0),
}
IN_NUMPY: Final[Mapping[Operation, Sequence[float]]] = {
    Operation.ENTIRE: (11.5, 11.5, 17.0, 24.0, 31.0, 48.0, 70.0, 150.0, 540.0),
    Operation.LAST: (21.0, 21.0, 31.0, 39.0, 50.0, 83.0, 115.0, 310.0, 700.0),
    Operation.CHANGE_POINT: (2.7, 2.7, 5.5, 8.0, 12.5, 23.0, 38.0, 95.0, 190.0),
}
READING: Final = (0.1, 7.5e-5)
"""Milliseconds to read any body, and to read a byte of the most expensive kind: points of value `NaN`."""


def reading_milliseconds(size: int) -> float:
    """Return the time to read a body of so many bytes, valid or not."""
    constant, per_byte = READING
    return constant + per_byte * size


def answering_milliseconds(request: Request) -> float:
    """Return the time to detect and render, interpolated linearly, and extrapolated beyond the last point."""
    costs = (WITH_KERNELS if kernels_compiled() else IN_NUMPY)[request.operation]
    if isinstance(request.options, ChangePointOptions):
        length = request.series.values.size
    else:
        length = worked_length(request.series, request.options)
    after = min(bisect_right(POINTS, length), len(POINTS) - 1)
    first, last = POINTS[after - 1], POINTS[after]
    rise = (costs[after] - costs[after - 1]) / (last - first)
    return costs[after - 1] + rise * (length - first)
