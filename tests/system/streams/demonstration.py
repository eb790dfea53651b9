"""`make streams-kafka`: a broker, a producer of sample events, and two members with a page each.

The pages show how the partitions are split. Stop one member, or start it again, and see a rebalance on the
other's page. Ctrl+C ends everything.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiokafka import AIOKafkaProducer

from anomaly_container.cli.streams.produce import events_from
from tests.system.streams.brokers import Broker, free_port, kafka, tansu
from tests.system.streams.topics import create

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "build" / "streams-kafka"
TOPIC = "web"
PARTITIONS = 4
EVENTS_PER_SECOND = 40.0
SECONDS_TO_START = 30.0
ACCESS = "a" * 32


@contextlib.contextmanager
def broker_of_choice() -> Iterator[Broker]:
    """Run Apache Kafka, or Tansu where there is no Java, Maven or registry."""
    with contextlib.ExitStack() as stack:
        try:
            broker = stack.enter_context(kafka())
        except pytest.skip.Exception as reason:
            sys.stdout.write(f"{reason}; Tansu takes its place.\n")
            broker = stack.enter_context(tansu())
        yield broker


@contextlib.contextmanager
def command(*words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command of the project."""
    # Ctrl+C reaches this process alone, which ends the others in their order.
    words = (sys.executable, "-m", "anomaly_container", *words)
    process = subprocess.Popen(words, cwd=ROOT, start_new_session=True)  # noqa: S603  # our own command
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait()


def wait_for(port: int) -> None:
    """Wait until something listens on a port."""
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    sys.exit(f"Nothing listens on port {port}.")


async def produce(address: str) -> None:
    """Write events of the sample to the topic, for ever."""
    producer = AIOKafkaProducer(bootstrap_servers=address)
    await producer.start()
    began = time.monotonic()
    try:
        for number, (at, line) in zip(count(), events_from(1, time.time()), strict=False):
            delay = max(began + number / EVENTS_PER_SECOND - time.monotonic(), at - time.time())
            await asyncio.sleep(max(0.0, delay))
            await producer.send(TOPIC, line, partition=number % PARTITIONS)
    finally:
        await producer.stop()


def member(broker: Broker, meter: int, number: int, port: int) -> Sequence[str]:
    """Return the words that start a member."""
    output = FOLDER / str(number)
    output.mkdir(parents=True)
    return (
        "streams",
        "run",
        "Eula=accept",
        f"Billing=http://127.0.0.1:{meter}/",
        f"ApiKey={ACCESS}",
        "Host=127.0.0.1",
        f"Port={port}",
        f"Mounts:Output={output}",
        f"Source=kafka://{broker.address}/{TOPIC}",
        f"Model={FOLDER / 'sample.model'}",
        "Kafka:SessionSeconds=6",
        "Kafka:RebalanceSeconds=10",
    )


def main(ports: Sequence[int]) -> None:
    """Run everything until interrupted."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    trained = [
        sys.executable,
        "-m",
        "anomaly_container",
        "streams",
        "train",
        "sample",
        f"Model={FOLDER / 'sample.model'}",
    ]
    subprocess.run(trained, cwd=ROOT, check=True)  # noqa: S603  # our own command
    meter = free_port()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        contextlib.suppress(KeyboardInterrupt),
        broker_of_choice() as broker,
        contextlib.ExitStack() as stack,
    ):
        asyncio.run(create(broker.address, {TOPIC: PARTITIONS}))
        stack.enter_context(
            command("meter", f"Port={meter}", f"Keys={ACCESS}", f"Directory={FOLDER / 'metering'}")
        )
        wait_for(meter)
        for number, port in enumerate(ports, 1):
            stack.enter_context(command(*member(broker, meter, number, port)))
        for number, port in enumerate(ports, 1):
            wait_for(port)
            sys.stdout.write(f"Member {number}: http://127.0.0.1:{port}/\n")
        sys.stdout.write(f"The broker is {broker.name} at {broker.address}.\n")
        sys.stdout.flush()
        asyncio.run(produce(broker.address))


if __name__ == "__main__":
    os.chdir(ROOT)
    main([int(word) for word in sys.argv[1:]] or [8080, 8081])
