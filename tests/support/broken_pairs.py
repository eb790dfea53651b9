"""Rows whose values are normal one by one and not together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray


def pair(generator: np.random.Generator, rows: int = 100, broken: int = 0) -> tuple[FloatArray, IntArray]:
    """Rows (x, x + 0.1 noise), of which some are (2, -2) or (-2, 2); return the rows and which are broken."""
    x = generator.normal(size=rows)
    values = np.stack((x, x + 0.1 * generator.normal(size=rows)), axis=1)
    chosen = generator.choice(rows, broken, replace=False)
    side = 2.0 * generator.choice([-1.0, 1.0], broken)
    values[chosen, 0], values[chosen, 1] = side, -side
    return values, chosen
