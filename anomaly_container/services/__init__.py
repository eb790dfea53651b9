"""The services of each port and the libraries of each service, by name."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

PORTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "anomalydetector": ("univariate",),
        "batches": ("batches",),
        "streams": ("streams",),
        "meter": ("meter",),
    }
)
"""The services of a port, by the value of `Service`; the page of the first is `/`."""

ALONE: Final = frozenset({"meter"})
"""The values of `Service` that run in one process, without gunicorn; their services count no usage."""

LIBRARIES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"univariate": ("univariate",), "batches": ("batches",), "streams": ("forest",), "meter": ()}
)
"""The libraries of `detection` that a service imports."""

LIBRARIES_BY_SETTING: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"batches": ("forest", "univariate"), "streams": ("univariate",)}
)
"""The libraries that a service imports only if a setting needs them, inside the function that uses them."""
