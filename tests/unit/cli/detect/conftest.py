from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from tests.support.bodies import points
from tests.support.payloads import daily_values

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STAMPS = [point["timestamp"] for point in points(48)]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    """Write a table of days and return its name."""

    def made(name: str = "days.csv", *, count: int = 48, values: list[float] | None = None) -> str:
        path = tmp_path / name
        pairs = zip(STAMPS[:count], values or daily_values(48), strict=False)
        text = "timestamp,value\n" + "".join(f"{stamp},{value!r}\n" for stamp, value in pairs)
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
        return str(path)

    return made
