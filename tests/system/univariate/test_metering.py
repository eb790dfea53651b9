"""What the metering endpoint is told is what clients were answered, whatever dies or fails."""

from __future__ import annotations

import contextlib
import os
import random
import select
import signal
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.system.clients import clients
from tests.system.metering import receiver, unreliable_way
from tests.system.server import GATE, running

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.system.metering import Receiver
    from tests.system.server import Server

KILLING_SECONDS = float(os.environ.get("KILLING_SECONDS", "20"))
SEED = int(os.environ.get("KILLING_SEED", "7"))
PAUSES = (0.2, 0.8)
SECONDS_TO_SETTLE = 30.0
CONTAINERS_KILLED = 3


def kill_workers(server: Server, chance: random.Random) -> int:
    """Kill a worker at a random moment, again and again, and return how many were killed."""
    killed = 0
    deadline = time.monotonic() + KILLING_SECONDS
    while time.monotonic() < deadline:
        time.sleep(chance.uniform(*PAUSES))
        workers = server.worker_pids
        if len(workers) > 1:
            os.kill(chance.choice(workers), signal.SIGKILL)
            killed += 1
    return killed


def settled(receiver: Receiver, wanted: Counter[str]) -> Counter[str]:
    """The receiver's totals once they are as wanted, or at last."""
    deadline = time.monotonic() + SECONDS_TO_SETTLE
    while (totals := receiver.totals()) != wanted and time.monotonic() < deadline:
        time.sleep(0.2)
    return totals


def kill_container(server: Server) -> None:
    """End every process at once, as a container runtime does, and wait until none of them is left."""
    everyone = [server.process.pid, *server.worker_pids]
    descriptors = [os.pidfd_open(pid) for pid in everyone]
    for descriptor in descriptors:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    for descriptor in descriptors:
        assert select.select([descriptor], [], [], SECONDS_TO_SETTLE)[0]
        os.close(descriptor)
    server.process.communicate(timeout=SECONDS_TO_SETTLE)


@pytest.mark.timeout(300)
def test_usage_is_what_clients_were_answered_when_the_whole_container_is_killed(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    output = tmp_path / "output"
    output.mkdir()
    answered: Counter[str] = Counter()
    chance = random.Random(SEED)  # noqa: S311  # a test, not a secret
    with receiver(tmp_path / "receiver") as endpoint:
        words = [
            *(word for word in GATE if not word.startswith("Billing")),
            *(f"Billing={endpoint.url}", f"Mounts:Output={output}", "Metering:IntervalSeconds=0.3"),
        ]
        for _ in range(CONTAINERS_KILLED):
            with running(words, workers=2) as server:
                with clients(server.url, number=6, seed=SEED) as tally:
                    time.sleep(chance.uniform(1, 2))  # clients ask; the moment of the kill is the test
                    kill_container(server)
                answered += tally.answered
        with running(words, workers=2) as server:
            totals = settled(endpoint, answered)
            server.stop(signal.SIGTERM)
        at_last = endpoint.totals()
    record_property("shown", f"{CONTAINERS_KILLED} containers killed: clients {dict(answered)}")
    assert totals == at_last == answered
    assert answered.total() > 20


@pytest.mark.timeout(KILLING_SECONDS + 200)
def test_usage_is_what_clients_were_answered_whoever_is_killed(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    output = tmp_path / "output"
    output.mkdir()
    with receiver(tmp_path / "receiver") as endpoint, unreliable_way(endpoint, SEED) as way:
        words = [
            *(word for word in GATE if not word.startswith("Billing")),
            f"Billing={way.url}",
            f"Mounts:Output={output}",
            *("Metering:IntervalSeconds=0.3", "Metering:TimeoutSeconds=1"),
        ]
        with running(words, workers=3) as server:
            with clients(server.url, number=12, seed=SEED) as tally:
                killed = kill_workers(server, random.Random(SEED))  # noqa: S311  # a test, not a secret
            way.is_reliable = True
            before_the_end = settled(endpoint, tally.answered)
            server.stop(signal.SIGTERM)
        totals = endpoint.totals()
    record_property(
        "shown",
        f"killed {killed} workers in {KILLING_SECONDS:.0f} s: clients {dict(tally.answered)},"
        f" receiver {dict(totals)}, no answer {dict(tally.other)}, records {dict(way.happened)}",
    )
    assert before_the_end == totals == tally.answered
    assert killed > KILLING_SECONDS
    assert tally.answered.total() > 200
    assert {"refused", "answer lost", "repeated", "late", "passed"} <= set(way.happened)
