"""A cloud on loopback."""

from __future__ import annotations

from tests.unit.outbound.conftest import aws, moto

__all__ = ["aws", "moto"]
