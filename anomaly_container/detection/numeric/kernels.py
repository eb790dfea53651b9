"""Which build of a library's compiled kernels runs."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType


def best_build(package: str) -> ModuleType | None:
    """Return the build that suits this processor: the wide one if it has AVX2 and FMA, else the plain one.

    Parameters
    ----------
    package
        The package of the kernels, in which the builds are.

    Returns
    -------
    types.ModuleType or None
        None if no build is there: then the twins in numpy serve.
    """
    plain = _load(f"{package}._compiled")
    if plain is None or not plain.has_wide():
        return plain
    return _load(f"{package}._compiled_wide") or plain


def _load(name: str) -> ModuleType | None:
    try:
        return import_module(name)
    except ImportError:
        return None
