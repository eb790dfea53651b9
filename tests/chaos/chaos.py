"""Soaks the real server under load and trouble, prints a figure for each promise: `make chaos`."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # this file is run as a program

from tests.chaos import figures, footprint  # found by the line above
from tests.chaos.load import Clients
from tests.chaos.observed import Observed
from tests.chaos.own_books import unreported
from tests.chaos.place import Place, started, stop
from tests.chaos.questions import mixed
from tests.chaos.rude import Rude
from tests.chaos.troubles import Troubles
from tests.chaos.way import Way, way_to
from tests.system.metering import Receiver, receiver

SECONDS = float(os.environ.get("CHAOS_SECONDS", "1800"))
SEED = int(os.environ.get("CHAOS_SEED", "1"))
SHARE = 0.9
"""Of the capacity, that is then sent."""
WARM_UP_SECONDS, CAPACITY_SECONDS = 2.0, 8.0
ROUND_SECONDS = 120.0
"""Of steady load, then the capacity is measured again."""
CALM_SHARE = 0.1
"""Of the time, without any trouble, at the beginning and at the end."""
SECONDS_TO_SETTLE = 30.0
SECONDS_BETWEEN_READINGS = 2.0
"""Longer than the server waits between two reports."""
SECONDS_OVER = 180.0
"""For everything but the steady load; after that it is given up."""


def main() -> int:
    """Run, print the figures, and return 1 when one of them must not be."""
    print(f"Chaos for {SECONDS:.0f} seconds, seed {SEED}.", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with receiver(folder / "receiver") as endpoint, way_to(endpoint) as way:
            with started(way.url, folder) as place:
                try:
                    seen = asyncio.run(bounded(place, way))
                except Exception:
                    if place.server.process.poll() is not None:
                        print(place.log.read_text()[-4000:])
                        print("FAILED: The server ended by itself.")
                        return 1
                    raise
                settle(seen, endpoint)
                seen.exit_code = stop(place.server)
                seen.unreported = unreported(place.metering)
            seen.log = place.log.read_text()
            seen.at_the_end = endpoint.totals()
            seen.outages = way.happened
    return report(seen)


def report(seen: Observed) -> int:
    """Print the figures and what must not be; return the exit code."""
    print("\n".join(figures.lines(seen)))
    failures = figures.failures(seen)
    print("\n".join(f"FAILED: {sentence}" for sentence in failures) if failures else "All as it must be.")
    return 1 if failures else 0


async def bounded(place: Place, way: Way) -> Observed:
    """Run the load and the troubles, for no longer than they may take."""
    async with asyncio.timeout(SECONDS + SECONDS_OVER):
        return await soak(place, way)


async def soak(place: Place, way: Way) -> Observed:
    """Measure the capacity, load the server with a share of it, and make trouble meanwhile."""
    seen = Observed(SECONDS, loads=[os.getloadavg()[0]], has_small_disk=place.disk is not None)
    port, chance = place.server.port, random.Random(SEED)  # noqa: S311  # no secret depends on it
    clients, rude = Clients(port, mixed(), seen.books, chance), Rude(port, seen.books, chance)
    await clients.saturate(WARM_UP_SECONDS)
    seen.opened_before = await at_rest(place)
    beside = asyncio.create_task(rude.trouble(time.monotonic() + CAPACITY_SECONDS))
    seen.capacities.append(await clients.saturate(CAPACITY_SECONDS))
    await beside
    looks = footprint.Footprint(place)
    async with asyncio.TaskGroup() as group:
        group.create_task(load(seen, clients))
        group.create_task(trouble(seen, Troubles(place, way, chance, seen.diary), rude))
        group.create_task(looks.watch(SECONDS))
    seen.due, seen.waited, seen.unsent = clients.due, clients.waited, clients.unsent
    seen.master_memory, seen.worker_memory = looks.master(), looks.longest_watched()
    seen.most_memory = looks.most()
    seen.loads.append(os.getloadavg()[0])
    seen.opened_after = await at_rest(place, seen.opened_before)
    return seen


async def load(seen: Observed, clients: Clients) -> None:
    """Send a share of the capacity, and measure it again in every round: others may take the processors."""
    end = time.monotonic() + seen.seconds
    while (left := end - time.monotonic()) > 0:
        if len(seen.rates) == len(seen.capacities):
            seen.capacities.append(await clients.saturate(min(CAPACITY_SECONDS, left)))
            continue
        seen.rates.append(SHARE * seen.capacities[-1])
        print(f"Capacity {seen.capacities[-1]:.0f} answers/s; sending {seen.rates[-1]:.0f}.", flush=True)
        await clients.keep_pace(seen.rates[-1], min(ROUND_SECONDS, left))


async def trouble(seen: Observed, troubles: Troubles, rude: Rude) -> None:
    """Make all troubles between a calm beginning and a calm end."""
    calm = CALM_SHARE * seen.seconds
    end = time.monotonic() + seen.seconds - calm
    await asyncio.sleep(calm)
    await asyncio.gather(troubles.trouble(end), rude.trouble(end))


async def at_rest(place: Place, wanted: tuple[int, int] | None = None) -> tuple[int, int]:
    """Return the fewest descriptors that the processes have once no client is left: at last, or as wanted."""
    deadline = time.monotonic() + (SECONDS_TO_SETTLE if wanted else 2.0)
    fewest = footprint.open_now(place)
    while time.monotonic() < deadline and not (wanted and footprint.is_within(fewest, wanted)):
        await asyncio.sleep(0.1)
        with suppress(OSError):  # a worker was just being replaced
            master, worker = footprint.open_now(place)
            fewest = min(fewest[0], master), min(fewest[1], worker)
    return fewest


def settle(seen: Observed, endpoint: Receiver) -> None:
    """Wait until the usage has arrived, and note what the endpoint then has."""
    deadline = time.monotonic() + SECONDS_TO_SETTLE
    while True:
        before, seen.counted = seen.counted, endpoint.totals()
        has_all = before == seen.counted and not seen.books.lost(seen.counted)
        if has_all or time.monotonic() > deadline:
            return
        time.sleep(SECONDS_BETWEEN_READINGS)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("Interrupted: no figures.")
        sys.exit(130)
