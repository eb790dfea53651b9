"""The builds of the kernels that this processor can run."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from anomaly_container.detection.forest import _kernels

if TYPE_CHECKING:
    from types import ModuleType

COMPILED = ("_compiled", "_compiled_wide")
NUMPY = "numpy"


def compiled(name: str) -> ModuleType:
    """Return a build, or skip the test: there was no compiler, or the processor lacks its registers."""
    plain = pytest.importorskip(f"{_kernels.__name__}.{COMPILED[0]}", reason="there was no compiler")
    if name == COMPILED[1] and not plain.has_wide():
        pytest.skip("this processor has no wide registers")
    return import_module(f"{_kernels.__name__}.{name}")
