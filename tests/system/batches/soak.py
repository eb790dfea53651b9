"""A soak: tables arrive while workers are killed and the store is away."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from anomaly_container.outbound.errors import Unavailable
from tests.system.batches.audit import put

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.system.batches.audit import Place
    from tests.system.batches.containers import Container

SECONDS_BETWEEN_KILLS = 1.2
"""At most; the moments are random."""


@dataclass
class Outages:
    """When the store is away: `begin` and `end` make it so."""

    begin: Callable[[], object]
    end: Callable[[], object]
    count: int
    seconds: float
    happened: int = field(default=0, init=False)

    def make(self) -> None:
        """Let the store be away once."""
        self.begin()
        time.sleep(self.seconds)
        self.end()
        self.happened += 1


def soak(  # noqa: PLR0913, PLR0917  # each is a part of the trouble
    place: Place,
    tables: Mapping[str, bytes],
    containers: Sequence[Container],
    kills: int,
    outages: Outages,
    arrived: Callable[[str], object] = lambda _key: None,
) -> None:
    """Let tables arrive in as many parts as there are kills, each followed by one at a random moment.

    The outages begin after equal parts of the kills, which go on meanwhile.

    Parameters
    ----------
    place
        Where the tables are written: not over the link that is cut.
    tables
        The tables.
    containers
        Whose workers are killed.
    kills, outages
        How many.
    arrived
        Called with the key of each table.
    """
    chance = random.Random(kills)  # noqa: S311  # no secret depends on it
    names = list(tables)
    part = -(-len(names) // kills)
    due = {kills * number // (outages.count + 1) for number in range(1, outages.count + 1)}
    away: list[threading.Thread] = []
    waiting: list[str] = []
    for kill in range(kills):
        waiting += names[kill * part : (kill + 1) * part]
        _arrive(place, tables, waiting, arrived)
        if kill in due:
            for thread in away:
                thread.join()
            away.append(threading.Thread(target=outages.make))
            away[-1].start()
        time.sleep(chance.uniform(0.0, SECONDS_BETWEEN_KILLS))
        chance.choice(containers).kill_a_worker(chance)
    for thread in away:
        thread.join()
    if waiting:
        _arrive(place, tables, waiting, arrived)
        chance.choice(containers).kill_a_worker(chance)
    assert not waiting
    assert outages.happened == outages.count


def _arrive(
    place: Place, tables: Mapping[str, bytes], waiting: list[str], arrived: Callable[[str], object]
) -> None:
    """Write the tables that wait, as far as the disk has room."""
    while waiting:
        try:
            asyncio.run(put(place, {waiting[0]: tables[waiting[0]]}))
        except Unavailable:
            return
        arrived(waiting.pop(0))
