"""A page of 50 microseconds and a refusal of 90: 1.8 times as much, which no faster machine mends."""

from __future__ import annotations

from tests.bench.floor import Floor, table
from tests.bench.targets import Verdicts


def test_the_ratio_is_a_target_of_its_own() -> None:
    verdicts = Verdicts()
    lines = table(Floor(page=50.0, refused=90.0), verdicts).splitlines()
    assert lines[2:] == [
        "| `GET /livez` | 50 ≤ 80 |",
        "| a query whose body is refused | **90** not ≤ 80 |",
        "| the refused query by the page, times | **1.80** not ≤ 1.6 |",
    ]
    assert verdicts.compared == 3
    assert verdicts.missed(2.0) == ["floor, the refused query by the page"]
