"""Choice among the builds of a library's compiled kernels."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType


def best_build(package: str) -> ModuleType | None:
    """Return the build for this processor: the wide one if it has AVX2 and FMA, else the plain one.

    Parameters
    ----------
    package : str
        The package that contains the builds.

    Returns
    -------
    types.ModuleType or None
        None if there is no build; the twins in numpy then run.
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
