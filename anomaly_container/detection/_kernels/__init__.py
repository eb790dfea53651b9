"""The hot loops in C, where they were built; each has a twin in numpy that gives the same bits.

`compiled` is None where there was no compiler. Callers ask for it at each call, so that both can be tested.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

compiled: ModuleType | None
try:
    from anomaly_container.detection._kernels import _compiled
except ImportError:
    compiled = None
else:
    compiled = _compiled
