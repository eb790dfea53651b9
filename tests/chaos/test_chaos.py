"""The load follows the capacity, which is measured again in every round."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from tests.chaos import chaos
from tests.chaos.observed import Observed


@dataclass
class Clients:
    """Clients of a server that answers less and less."""

    capacity: float = 100.0
    asked: list[tuple[str, float]] = field(default_factory=list)

    async def saturate(self, seconds: float) -> float:
        self.asked.append(("saturate", seconds))
        await asyncio.sleep(seconds)
        self.capacity -= 10.0
        return self.capacity

    async def keep_pace(self, per_second: float, seconds: float) -> None:
        self.asked.append(("keep pace", per_second))
        await asyncio.sleep(seconds)


async def run(seconds: float) -> tuple[Observed, Clients]:
    seen, clients = Observed(seconds, capacities=[100.0]), Clients()
    await chaos.load(seen, clients)  # type: ignore[arg-type] # all that is asked of them
    return seen, clients


async def test_a_short_run_is_one_round() -> None:
    seen, clients = await run(0.05)
    assert clients.asked == [("keep pace", 90.0)]
    assert (seen.capacities, seen.rates) == ([100.0], [90.0])


async def test_each_round_sends_a_share_of_what_was_measured_before_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chaos, "ROUND_SECONDS", 0.1)
    monkeypatch.setattr(chaos, "CAPACITY_SECONDS", 0.05)
    seen, clients = await run(1.0)
    assert [kind for kind, _ in clients.asked[:4]] == ["keep pace", "saturate", "keep pace", "saturate"]
    assert seen.capacities[:3] == [100.0, 90.0, 80.0]
    assert seen.rates == pytest.approx([0.9 * capacity for capacity in seen.capacities[: len(seen.rates)]])
    assert len(seen.rates) >= 3
