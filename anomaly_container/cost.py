"""What a request costs before it is answered: milliseconds of one processor, an upper envelope by measurement.

`make dearest` searches for the dearest bodies and prints their cost beside these estimates, with the kernels
and without. The figures come from its searches of 2026-11-30: 1,700 bodies with the kernels, as many without,
20 values of series (constant, two values in turn, spikes of all sizes, ...), all operations, imputations and
granularities, periods to half of the grid, grids to 17,280 steps. An ordinary series takes a third of them.
A slower processor takes longer; what decides is the order of magnitude.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from anomaly_container import detection
from anomaly_container.contract.versions import Operation
from anomaly_container.detection import ChangePointOptions, worked_length

if TYPE_CHECKING:
    from anomaly_container.contract.request import Request


class Envelope(NamedTuple):
    """Milliseconds of a request of n points on its grid: constant + linear n + square n^2."""

    constant: float
    linear: float
    square: float


WITH_KERNELS: Final = {
    Operation.ENTIRE: Envelope(1.6, 3.0e-3, 4.0e-7),
    Operation.LAST: Envelope(1.6, 3.0e-3, 5.0e-7),
    Operation.CHANGE_POINT: Envelope(0.8, 2.0e-3, 0.0),
}
IN_NUMPY: Final = {
    Operation.ENTIRE: Envelope(1.6, 3.0e-3, 4.0e-7),
    Operation.LAST: Envelope(1.6, 3.0e-3, 5.0e-7),
    Operation.CHANGE_POINT: Envelope(0.8, 2.0e-3, 0.0),
}
READING: Final = Envelope(0.1, 7.5e-5, 0.0)
"""The same by bytes of the body: one of points whose values are the literal `NaN` is the dearest to read."""


def reading_milliseconds(size: int) -> float:
    """Return what a body of so many bytes takes to read, valid or not."""
    return READING.constant + READING.linear * size


def answering_milliseconds(request: Request) -> float:
    """Return what detection and rendering take."""
    envelopes = WITH_KERNELS if detection.kernels_compiled() else IN_NUMPY
    constant, linear, square = envelopes[request.operation]
    if isinstance(request.options, ChangePointOptions):
        length = request.series.values.size
    else:
        length = worked_length(request.series, request.options)
    return constant + length * (linear + length * square)
