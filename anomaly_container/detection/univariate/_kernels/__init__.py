"""The hot loops in C, where they were built; each has a twin in numpy that gives the same bits.

`compiled` is None where there was no compiler. Callers ask for it at each call, so that both can be tested.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType  # noqa: TC003  # the annotation of a module variable


def _load(name: str) -> ModuleType | None:
    """Return one build of the kernels, None where it was not built."""
    try:
        return import_module(f"{__name__}.{name}")
    except ImportError:
        return None


def _best() -> ModuleType | None:
    """Return the build that suits this processor: the one with wide registers where it has them."""
    plain = _load("_compiled")
    if plain is None or not plain.has_wide():
        return plain
    return _load("_compiled_wide") or plain


compiled: ModuleType | None = _best()


def kernels_compiled() -> bool:
    """Tell whether the compiled kernels do the work, or their twins in numpy."""
    return compiled is not None
