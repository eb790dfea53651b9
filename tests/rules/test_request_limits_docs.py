"""The numbers of docs/request-limits.md are those of the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from anomaly_container.services.univariate.contract import limits
from anomaly_container.services.univariate.contract.limits import Limits
from anomaly_container.settings.load import load

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "request-limits.md").read_text()
ROWS = {cells[0]: cells[1] for line in PAGE.splitlines() if (cells := line.strip("| ").split(" | "))[1:]}
SETTINGS = load(["Eula=accept", "Billing=http://127.0.0.1:5001/", "ApiKey=key"], {}, {})


@pytest.mark.parametrize(
    ("row", "limit"),
    [
        ("points of a series, fewest", f"{Limits().min_points}"),
        ("points of a series, most", f"{SETTINGS.max_points}"),
        ("magnitude of a value", f"{limits.MAX_MAGNITUDE:g}".replace("+", "")),
        ("`customInterval`, `period`", f"{limits.MAX_INT32}"),
        ("`maxAnomalyRatio`", f"above 0, up to {limits.MAX_ANOMALY_RATIO:g}"),
        ("`sensitivity`", f"0 to {limits.MAX_SENSITIVITY - 1}; {limits.MAX_SENSITIVITY} is taken"),
        ("bytes of a body", f"{SETTINGS.body_limit / 1e6:.2f} MB with {SETTINGS.max_points} points"),
        ("seconds to send a body", f"{SETTINGS.body_seconds:g}"),
        ("requests that wait in a worker", f"{SETTINGS.max_waiting}"),
    ],
)
def test_a_limit_is_the_one_enforced(row: str, limit: str) -> None:
    assert ROWS[row] == limit
