"""One worker process of a running server: what it computed, how much memory it took, which kernels it has."""

from __future__ import annotations

import http.client
import re
import socket
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.saturation import saturate

if TYPE_CHECKING:
    from tests.bench.saturation import Load

REPEATS = 5
BATCH_SECONDS = 0.15
ON_THE_WAY = 2
"""Requests, each on a connection of its own, so that the worker never waits for its client."""
SECONDS_TO_ANSWER = 60.0
LONGEST_HEAD, LARGEST_PIECE = 4096, 2**20
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


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
    """The one client of a server with one worker; what it computes itself slows the worker."""

    def __init__(self, process: Process, port: int) -> None:
        self._process = process
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS_TO_ANSWER)
        self._sockets = [
            socket.create_connection(("127.0.0.1", port), timeout=SECONDS_TO_ANSWER)
            for _ in range(ON_THE_WAY)
        ]
        self._buffer = bytearray(LARGEST_PIECE)

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()
        for connection in self._sockets:
            connection.close()

    def send(self, path: str, body: bytes) -> tuple[str | None, bytes]:
        """Send one query; return the number of the detector and the answer."""
        self._connection.request("POST", path, body)
        response = self._connection.getresponse()
        answer = response.read()
        if response.status != 200:
            message = f"{path} answered {response.status}: {answer[:200]!r}"
            raise RuntimeError(message)
        return response.headers["model-id"], answer

    def cost(self, request: bytes, deadline: float) -> Cost:
        """Send batches of one request; after the deadline no more of them than one."""
        count = self._batch_size(request)
        samples: list[float] = []
        while len(samples) < REPEATS and (not samples or time.monotonic() < deadline):
            samples.append(self._batch(request, count) / count)
        return Cost(statistics.median(samples), min(samples))

    def _batch(self, request: bytes, count: int) -> float:
        """Send so many, each when the one before it on its connection is answered; return seconds."""
        before = self._process.processor_seconds()
        for place in range(count + ON_THE_WAY):
            connection = self._sockets[place % ON_THE_WAY]
            if place >= ON_THE_WAY:
                self._read(connection)
            if place < count:
                connection.sendall(request)
        return self._process.processor_seconds() - before

    def _batch_size(self, request: bytes) -> int:
        """Requests that keep the worker busy for `BATCH_SECONDS`; finding out warms it up."""
        spent, sent = 0.0, 0
        while spent < BATCH_SECONDS / 3:
            spent += self._batch(request, ON_THE_WAY)
            sent += ON_THE_WAY
        return max(ON_THE_WAY, round(sent * BATCH_SECONDS / spent))

    def _read(self, connection: socket.socket) -> None:
        """Read an answer over what was there; its head comes in one piece."""
        size = connection.recv_into(self._buffer)
        head, end, _ = self._buffer[: min(size, LONGEST_HEAD)].partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if not head.startswith(b"HTTP/1.1 200 ") or not end or not length:
            message = f"a query was answered: {bytes(head[:200])!r}"
            raise RuntimeError(message)
        left = len(head) + len(end) + int(length[1]) - size
        while left:
            left -= connection.recv_into(self._buffer, min(left, LARGEST_PIECE))
