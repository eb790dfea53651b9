"""Real processes, killed at random moments while they count and while they collect."""

from __future__ import annotations

import random
import time
from contextlib import closing
from typing import TYPE_CHECKING

from anomaly_container.metering.counter_files import read_counters
from anomaly_container.metering.ledger import Ledger
from tests.support.counts import counts_of
from tests.support.usage_records import NAMES
from tests.unit.metering.counting_process import STEPS, added_after
from tests.unit.metering.metering import NOON, wait_until
from tests.unit.metering.victim import Victim

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COUNTING = 3
COLLECTING = 2
DEATHS = 24
SECONDS_APART = 0.05
LARGEST_STEP = max(amount for _, amount in STEPS)


def test_nothing_is_lost_and_nothing_counted_twice(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    chance = random.Random(20260301)  # noqa: S311  # a seeded choice of victims
    with closing(Ledger(tmp_path)):
        pass

    def born(kind: str) -> Victim:
        return Victim("counting_process", kind, str(tmp_path))

    def alive(kind: str) -> list[Victim]:
        return [victim for victim in living if victim.words[0] == kind]

    living = [born("count") for _ in range(COUNTING)] + [born("collect") for _ in range(COLLECTING)]
    dead: list[Victim] = []
    try:
        wait_until(lambda: all(victim.steps for victim in alive("count")))
        for _ in range(DEATHS):
            time.sleep(chance.uniform(0, 2 * SECONDS_APART))
            victim = living.pop(chance.randrange(len(living)))
            victim.kill()
            dead.append(victim)
            living.append(born(victim.words[0]))
        wait_until(lambda: any(victim.steps for victim in alive("collect")))
    finally:
        for victim in living:
            victim.kill()
        dead += living

    with closing(Ledger(tmp_path)) as ledger:
        ledger.collect(read_counters(tmp_path), NOON, NAMES)
        ledger.forget_drained()
        records = ledger.pending()
    assert not counts_of(tmp_path), "every worker is dead and drained"

    counted = [
        sum(column) for column in zip(*(record.quantities.values() for record in records), strict=True)
    ]
    told = [victim.steps for victim in dead if victim.words[0] == "count"]
    surely = [sum(column) for column in zip(*map(added_after, told), strict=True)]
    at_most = [sum(column) for column in zip(*(added_after(steps + 1) for steps in told), strict=True)]
    record_property(
        "shown",
        f"metering: {sum(told)} counts, {len(records)} records, "
        f"{len(told)} counting and {len(dead) - len(told)} collecting processes killed",
    )
    assert len(records) > 10
    assert min(surely) > 0
    assert all(low <= there <= high for low, there, high in zip(surely, counted, at_most, strict=True)), (
        surely,
        counted,
        at_most,
    )
    assert all(high - low <= LARGEST_STEP * len(told) for low, high in zip(surely, at_most, strict=True))
