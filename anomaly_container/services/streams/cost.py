"""The estimated cost of an invocation: milliseconds of one processor, before its body is read.

The numbers are upper bounds of what 1, 100 and 2,000 rows and events took on 2026-12-01, the least of five
runs with the default forest: 32 ms for 2,000 events with reasons, 26 ms for as many rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from anomaly_container.detection.forest import kernels_compiled

if TYPE_CHECKING:
    from anomaly_container.services.streams.model_file import Model

READING: Final = (0.15, 6e-5)
"""Milliseconds to read any body, and to read a byte of the most expensive kind: events with fields."""
WITH_KERNELS: Final = 3e-4
IN_NUMPY: Final = 3e-3
"""Milliseconds to score a row in one tree, with its reasons."""


def milliseconds(body: bytes, model: Model) -> float:
    """Return the time to read and score a body, valid or not.

    Parameters
    ----------
    body
        The body. A row is at least as many commas, or an end of a line, as the model has columns.
    model
        The model.
    """
    constant, per_byte = READING
    numbers = body.count(b",") + body.count(b"\n") + 1
    trees = int(model.parameters.get("trees", 1))
    return (
        constant
        + per_byte * len(body)
        + (WITH_KERNELS if kernels_compiled() else IN_NUMPY) * trees * numbers / model.width
    )
