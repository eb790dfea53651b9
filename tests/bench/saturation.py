"""As many requests as the server answers: by wrk, or by our own client where wrk is not installed."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.client import as_fast_as_possible

if TYPE_CHECKING:
    from collections.abc import Sequence

SCRIPT = Path(__file__).with_name("replay.lua")
WRK = shutil.which("wrk")
SENDER = "wrk" if WRK else "a client of our own, because wrk is not installed"


@dataclass(frozen=True)
class Load:
    """What clients send, over how many connections and for how long.

    Attributes
    ----------
    requests
        Sent in turn.
    connections
        How many are kept open.
    seconds
        For how long new requests are sent.
    depth
        How many requests are on the way at once on each connection; our own client has only 1.
    """

    requests: Sequence[bytes]
    connections: int
    seconds: float
    depth: int = 1


@dataclass(frozen=True)
class Outcome:
    """How many answers came in how many seconds, and how many of them were not a success."""

    answers: int
    seconds: float
    refused: int

    @property
    def per_second(self) -> float:
        return self.answers / self.seconds


def saturate(port: int, load: Load) -> Outcome:
    """Send the next request of each connection when an answer has come.

    Raises
    ------
    RuntimeError
        When connections failed or nothing was answered.
    """
    outcome = _by_wrk(WRK, port, load) if WRK else _by_our_own(port, load)
    if not outcome.answers:
        message = "nothing was answered"
        raise RuntimeError(message)
    return outcome


def _by_wrk(program: str, port: int, load: Load) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        names = [str(Path(folder, str(place))) for place in range(len(load.requests))]
        for name, request in zip(names, load.requests, strict=True):
            Path(name).write_bytes(request * load.depth)
        words = ["--threads", "1", "--connections", str(load.connections), "--timeout", "30"]
        words += ["--duration", f"{load.seconds:.0f}", "--script", str(SCRIPT), f"http://127.0.0.1:{port}"]
        run = subprocess.run(  # noqa: S603  # an installed program with words of our own
            [program, *words, "--", *names],
            capture_output=True,
            text=True,
            check=True,
            timeout=load.seconds + 60,
        )
    done = re.search(r"(\d+) requests in ([\d.]+)(ms|s|m),", run.stdout)
    if done is None or "Socket errors" in run.stdout:
        message = f"wrk could not measure: {run.stdout}{run.stderr}"
        raise RuntimeError(message)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", run.stdout)
    seconds = float(done[2]) * {"ms": 0.001, "s": 1.0, "m": 60.0}[done[3]]
    return Outcome(int(done[1]), seconds, int(refused[1]) if refused else 0)


def _by_our_own(port: int, load: Load) -> Outcome:
    statuses, seconds = asyncio.run(as_fast_as_possible(port, load.requests, load.seconds, load.connections))
    answers = sum(statuses.values())
    return Outcome(answers, seconds, answers - statuses.get(200, 0))
