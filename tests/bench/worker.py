"""One worker process of a running server: what it computed, how much memory it took, which kernels it has."""

from __future__ import annotations

import http.client
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.saturation import Load, saturate

REPEATS = 5
BATCH_SECONDS = 0.12
LOADED_REPEATS, LOADED_SECONDS, LOADED_CONNECTIONS = 3, 1.0, 8


@dataclass(frozen=True)
class Cost:
    """Processor seconds of one request, over batches of requests."""

    median: float
    least: float


@dataclass(frozen=True)
class Process:
    """A worker, seen from outside."""

    pid: int

    def processor_seconds(self) -> float:
        """How long the process ran: utime + stime, but finer than the hundredths that /proc counts."""
        # What clock_getcpuclockid(3) computes: the number of the clock of another process.
        return time.clock_gettime((~self.pid << 3) | 2)

    def seconds_per_answer(self, port: int, load: Load, *, is_refused: bool = False) -> float:
        """How long it runs for one answer under a load, all of which it refuses, or nothing of it."""
        before = self.processor_seconds()
        outcome = saturate(port, load)
        spent = self.processor_seconds() - before
        if outcome.refused != (outcome.answers if is_refused else 0):
            message = f"{outcome.refused} of {outcome.answers} answers refused"
            raise RuntimeError(message)
        return spent / outcome.answers

    def peak_megabytes(self) -> float:
        """The most memory that was ever resident, in units of 1024 * 1024 bytes."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        message = f"no peak memory of process {self.pid}"
        raise RuntimeError(message)

    def kernels(self) -> str:
        """Which build of the kernels the process has in memory."""
        loaded = Path(f"/proc/{self.pid}/maps").read_text()
        if "_kernels/_compiled_wide." in loaded:
            return "compiled, wide registers"
        return "compiled" if "_kernels/_compiled." in loaded else "numpy"


class Client:
    """The one client of a server with one worker, so that nothing waits."""

    def __init__(self, process: Process, port: int) -> None:
        self._process = process
        self._port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def send(self, path: str, body: bytes) -> tuple[str | None, bytes]:
        """Send one query; return the number of the detector and the answer."""
        self._connection.request("POST", path, body)
        response = self._connection.getresponse()
        answer = response.read()
        if response.status != 200:
            message = f"{path} answered {response.status}: {answer[:200]!r}"
            raise RuntimeError(message)
        return response.headers["model-id"], answer

    def cost(self, path: str, body: bytes, deadline: float) -> Cost:
        """Send batches of requests; after the deadline no more of them than one."""
        count = self._batch_size(path, body)
        samples: list[float] = []
        while len(samples) < REPEATS and (not samples or time.monotonic() < deadline):
            before = self._process.processor_seconds()
            for _ in range(count):
                self.send(path, body)
            samples.append((self._process.processor_seconds() - before) / count)
        return Cost(statistics.median(samples), min(samples))

    def cost_under_load(self, request: bytes) -> Cost:
        """Send the same request over several connections, so that the worker never waits for a client."""
        load = Load([request], LOADED_CONNECTIONS, LOADED_SECONDS)
        samples = [self._process.seconds_per_answer(self._port, load) for _ in range(LOADED_REPEATS)]
        return Cost(statistics.median(samples), min(samples))

    def _batch_size(self, path: str, body: bytes) -> int:
        """Requests that keep the worker busy for `BATCH_SECONDS`; finding out warms it up."""
        before, sent = self._process.processor_seconds(), 0
        while (spent := self._process.processor_seconds() - before) < BATCH_SECONDS / 3:
            self.send(path, body)
            sent += 1
        return max(1, round(sent * BATCH_SECONDS / spent))
