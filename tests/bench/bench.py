"""Processor time of one request at the real server; prints a table and writes docs/performance.md.

One worker answers one client, so that nothing waits. What counts is the time that the worker process ran, in
its own code and in the kernel's, which other work on the machine changes less than the time on the wall.
"""

from __future__ import annotations

import http.client
import json
import os
import platform
import statistics
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # this file is run as a program, so the root is not on the path

from tests.system.server import running  # noqa: E402  # found through the line above

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = ROOT / "docs" / "performance.md"
OPERATIONS = ("entire", "last", "changepoint")
REPEATS = 5
BATCH_SECONDS = 0.3
BUDGET_SECONDS = 200.0


@dataclass(frozen=True)
class Kind:
    """A kind of series: noise of one unit about a level, with or without a season of ten units."""

    title: str
    granularity: str
    step: np.timedelta64
    period: int
    models: tuple[int, ...]
    lengths: tuple[int, ...] = (47, 1000, 8640)

    def body(self, points: int) -> bytes:
        """A compact request body; the same bytes on every run."""
        place = np.arange(points)
        values = 100 + np.random.default_rng(points).normal(size=points)
        if self.period:
            values += 10 * np.sin(2 * np.pi * place / self.period)
        times = np.datetime_as_string(np.datetime64("2020-01-01T00:00:00") + place * self.step, unit="s")
        series = [
            {"timestamp": f"{stamp}Z", "value": value}
            for stamp, value in zip(times.tolist(), values.tolist(), strict=True)
        ]
        request = {"series": series, "granularity": self.granularity}
        return json.dumps(request, separators=(",", ":")).encode()


SEASONAL, DYNAMIC, SPECTRAL = (10, 11), (40, 41), (20, 21)
KINDS = (
    Kind("daily, season of 7", "daily", np.timedelta64(1, "D"), 7, SEASONAL),
    # By the hour a season of 24 is answered as one of 168, of which it is a divisor.
    Kind("no granularity, season of 24", "none", np.timedelta64(1, "h"), 24, SEASONAL, (1000, 8640)),
    Kind("hourly, season of 168", "hourly", np.timedelta64(1, "h"), 168, SEASONAL, (1000, 8640)),
    Kind("minutely, season of 1440", "minutely", np.timedelta64(1, "m"), 1440, SEASONAL, (8640,)),
    Kind("daily, no season", "daily", np.timedelta64(1, "D"), 0, DYNAMIC),
    Kind("minutely, no season", "minutely", np.timedelta64(1, "m"), 0, SPECTRAL),
)


@dataclass(frozen=True)
class Worker:
    """The one worker of a server, and a connection to it."""

    pid: int
    connection: http.client.HTTPConnection

    def processor_seconds(self) -> float:
        """How long the process ran: utime + stime, but finer than the hundredths that /proc counts."""
        # What clock_getcpuclockid(3) computes: the number of the clock of another process.
        return time.clock_gettime((~self.pid << 3) | 2)

    def send(self, method: str, path: str, body: bytes | None) -> tuple[str | None, bytes]:
        """Send one request; return the number of the detector and the answer."""
        self.connection.request(method, path, body)
        response = self.connection.getresponse()
        answer = response.read()
        if response.status != 200:
            message = f"{path} answered {response.status}: {answer[:200]!r}"
            raise RuntimeError(message)
        return response.headers["model-id"], answer

    def seconds_per_request(self, method: str, path: str, body: bytes | None, deadline: float) -> float:
        """The median over batches of many requests."""
        count = self._batch_size(method, path, body)
        samples: list[float] = []
        while len(samples) < REPEATS and (not samples or time.monotonic() < deadline):
            before = self.processor_seconds()
            for _ in range(count):
                self.send(method, path, body)
            samples.append((self.processor_seconds() - before) / count)
        return statistics.median(samples)

    def _batch_size(self, method: str, path: str, body: bytes | None) -> int:
        """Requests that keep the worker busy for `BATCH_SECONDS`; finding out warms it up."""
        before, sent = self.processor_seconds(), 0
        while (spent := self.processor_seconds() - before) < BATCH_SECONDS / 3:
            self.send(method, path, body)
            sent += 1
        return max(1, round(sent * BATCH_SECONDS / spent))


@dataclass(frozen=True)
class Row:
    """One line of the table: milliseconds for each of `OPERATIONS`."""

    title: str
    points: int
    kilobytes: float
    milliseconds: tuple[float, ...]

    def __str__(self) -> str:
        cells = " | ".join(f"{cell:.2f}" for cell in self.milliseconds)
        return f"| {self.title} | {self.points} | {self.kilobytes:.0f} | {cells} |"


def idle_microseconds(worker: Worker, deadline: float) -> float:
    """What a request costs that has no work."""
    return 1e6 * worker.seconds_per_request("GET", "/status", None, deadline)


def check_branch(worker: Worker, kind: Kind, body: bytes) -> None:
    """Refuse to measure a series under the name of a branch that it does not take."""
    for operation in ("entire", "last"):
        path = f"/anomalydetector/v1.1/timeseries/{operation}/detect"
        model, answer = worker.send("POST", path, body)
        period = json.loads(answer)["period"]
        if model is None or int(model) not in kind.models or period != kind.period:
            message = f"{kind.title}: {operation} found period {period} by detector {model}"
            raise RuntimeError(message)


def rows(worker: Worker, deadline: float) -> Iterator[Row]:
    """Every kind of series in every length."""
    for kind in KINDS:
        for points in kind.lengths:
            body = kind.body(points)
            check_branch(worker, kind, body)
            spent = tuple(
                1000 * worker.seconds_per_request("POST", path, body, deadline)
                for path in (f"/anomalydetector/v1.1/timeseries/{name}/detect" for name in OPERATIONS)
            )
            yield Row(kind.title, points, len(body) / 1000, spent)


def machine() -> str:
    """What the figures were measured on."""
    cpu_info = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in cpu_info if line.startswith("model name")), "?")
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("numpy", "scipy", "aiohttp", "uvloop", "orjson")
    )
    return (
        f"{model}, {os.cpu_count()} processors, {platform.system()} {platform.machine()},"
        f" {platform.python_implementation()} {platform.python_version()}, {packages}"
    )


def page(load: float, idle: float, lines: list[Row]) -> str:
    """The text of docs/performance.md."""
    table = "\n".join(str(line) for line in lines)
    return f"""# Performance

This page is written by `make bench`.

The figures are milliseconds of processor time (user and system) that one request costs the worker process:
HTTP, JSON and detection together. One worker answers one client over one connection in API v1.1; each
figure is the median of {REPEATS} batches of requests. It is not the time that a client waits, which adds the
network and whatever else the processor has to do. A worker computes on one processor at a time, so 1000
divided by a figure is the most requests that one processor can answer in a second.

Measured on: {machine()}.
The load average was {load:.1f} before; other work on the machine raises the figures.

| Series | Points | Body, kB | entire | last | change point |
|---|---|---|---|---|---|
{table}

A request without work (`GET /status`) costs {idle:.0f} microseconds; under load less, because a worker then
wakes up once for several requests.
"""


def main() -> None:
    """Measure, print and write."""
    load, deadline = os.getloadavg()[0], time.monotonic() + BUDGET_SECONDS
    with running() as server:
        [pid] = server.worker_pids
        worker = Worker(pid, http.client.HTTPConnection("127.0.0.1", server.port, timeout=60))
        text = page(load, idle_microseconds(worker, deadline), list(rows(worker, deadline)))
    PAGE.write_text(text)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
