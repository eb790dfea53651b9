"""The loops over the bytes of a block in C; each has a twin in Python that gives the same bytes and bits.

`compiled` is None if no extension was built. Callers look it up at each call, so that tests can run both.
"""

from __future__ import annotations

from types import ModuleType  # noqa: TC003  # the annotation of a module variable

from anomaly_container.detection.numeric.kernels import best_build

compiled: ModuleType | None = best_build(__name__)


def kernels_compiled() -> bool:
    """Return whether the compiled kernels run, rather than their twins in Python; both give the same bytes.

    Returns
    -------
    bool
        False if the extension was not built, for lack of a compiler.
    """
    return compiled is not None
