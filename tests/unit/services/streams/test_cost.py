"""The estimated cost of an invocation.

The smallest example: an empty body costs as much as reading any, and one row of a small model.
"""

from __future__ import annotations

from anomaly_container.detection.forest import kernels_compiled
from anomaly_container.services.streams.cost import IN_NUMPY, READING, WITH_KERNELS, milliseconds
from anomaly_container.web.admission import CHEAP_MILLISECONDS
from tests.support.streams_app import model_of_numbers


def test_it_grows_with_bytes_and_rows() -> None:
    model = model_of_numbers()
    row = (WITH_KERNELS if kernels_compiled() else IN_NUMPY) * 10 / 3
    assert milliseconds(b"", model) == READING[0] + row
    small, large = milliseconds(b"1,2,3\n", model), milliseconds(b"1,2,3\n" * 100_000, model)
    assert small < CHEAP_MILLISECONDS < large
