"""The hot loops in C; each has a twin in numpy that gives the same bits.

`compiled` is None if there was no compiler. Callers look it up at each call, so that both can be tested.
"""

from __future__ import annotations

from types import ModuleType  # noqa: TC003  # the annotation of a module variable

from anomaly_container.detection.numeric.kernels import best_build

compiled: ModuleType | None = best_build(__name__)


def kernels_compiled() -> bool:
    """Tell whether the compiled kernels do the work, or their twins in numpy."""
    return compiled is not None
