"""Which services share a port, and which libraries each of them uses; all by name."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

PORTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"anomalydetector": ("univariate",), "meter": ("meter",)}
)
"""The services of each word that `Service` may have; the first has `/`."""

ALONE: Final = frozenset({"meter"})
"""Those that run in one process, without gunicorn; their services count no usage."""

LIBRARIES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"univariate": ("univariate",), "meter": ()}
)
"""The libraries of `detection` that a service loads when it is imported."""

LIBRARIES_BY_SETTING: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({})
"""Those that the function which needs one imports, if a setting asks for it."""
