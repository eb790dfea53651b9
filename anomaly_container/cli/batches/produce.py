"""Write files of sample sensors to the store, one at a time, until interrupted."""

from __future__ import annotations

import asyncio
import os
import sys
from argparse import ArgumentTypeError
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from anomaly_container.cli.batches.on_store import run_on_store
from anomaly_container.cli.batches.sensor_files import USUAL_SHARE, sensor_file, sensor_key
from anomaly_container.cli.numbers import number_of
from anomaly_container.outbound.errors import Changed, Unavailable
from anomaly_container.services.batches.keys import RAW
from anomaly_container.services.batches.partition_store import partition_of

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.services.batches.settings import BatchesSettings

FAILED: Final = 1
INTERVAL_VARIABLE: Final = "INTERVAL_SECONDS"
"""The variable of the original producer, for `--every`."""
USUAL_SECONDS: Final = 60.0
LONGEST_SECONDS: Final = 86_400.0
MOST_ROWS: Final = 1_000_000
MOST_IN_A_SECOND: Final = 1000
LARGEST: Final = (1 << 53) - 1


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the verb to its parser."""
    add = parser.add_argument
    add("--rows", type=_rows, default=100, metavar="N", help="rows of a file, 100 by default")
    add(
        "--every",
        type=_seconds,
        metavar="SECONDS",
        help=f"seconds from one file to the next; by default ${INTERVAL_VARIABLE}, or 60",
    )
    add(
        "--anomalies",
        type=_share,
        default=USUAL_SHARE,
        metavar="SHARE",
        help="share of rows with an anomaly, 0.05 by default; 0 for none",
    )
    add("--partition", type=_folder, metavar="NAME", help="folder below raw/ to write to")
    add("--count", type=_count, metavar="N", help="number of files; endless by default")
    add("--seed", type=_count, metavar="N", help="seed of the random numbers; random by default")


def run(arguments: Namespace, settings: BatchesSettings) -> int:
    """Write the files, and return the exit code."""
    seconds = arguments.every
    if seconds is None:
        try:
            seconds = _seconds(os.environ.get(INTERVAL_VARIABLE) or str(USUAL_SECONDS))
        except ArgumentTypeError as error:
            sys.stderr.write(f"{INTERVAL_VARIABLE}: {error}\n")
            return FAILED
    return run_on_store(settings, partial(_produce, arguments=arguments, seconds=seconds))


async def _produce(store: ObjectStore, *, arguments: Namespace, seconds: float) -> int:
    try:
        return await _produce_files(store, arguments, seconds)
    except asyncio.CancelledError:  # how an endless producer ends
        return 0


async def _produce_files(store: ObjectStore, arguments: Namespace, seconds: float) -> int:
    generator = np.random.default_rng(arguments.seed)
    loop = asyncio.get_running_loop()
    due, written, failed = loop.time(), 0, 0
    while arguments.count is None or written + failed < arguments.count:
        now = datetime.now(UTC).replace(tzinfo=None)
        data = sensor_file(generator, now, arguments.rows, arguments.anomalies)
        try:
            key = await _write(store, now, data, arguments.partition or "")
        except Unavailable as error:
            failed += 1
            sys.stderr.write(f"A file was not written: {error}\n")
        else:
            written += 1
            sys.stdout.write(f"{key}\n")
            sys.stdout.flush()
        due += seconds
        if arguments.count is None or written + failed < arguments.count:
            await asyncio.sleep(max(0.0, due - loop.time()))
    return FAILED if failed else 0


async def _write(store: ObjectStore, now: datetime, data: bytes, folder: str) -> str:
    """Write a file under a key that no other has, and return the key.

    Raises
    ------
    OutboundError
        If the store fails.
    """
    for number in range(1, MOST_IN_A_SECOND):
        key = sensor_key(now, number, folder)
        try:
            await store.create(key, data)
        except Changed:
            continue
        return key
    message = f"{MOST_IN_A_SECOND} files have the same second."
    raise Unavailable(message)


def _folder(text: str) -> str:
    if partition_of(f"{RAW}{text}/") == text:
        return text
    message = "it must be the name of one folder"
    raise ArgumentTypeError(message)


def _seconds(text: str) -> float:
    return number_of(text, float, 0.0, LONGEST_SECONDS)


def _share(text: str) -> float:
    return number_of(text, float, 0.0, 1.0)


def _rows(text: str) -> int:
    return number_of(text, int, 1, MOST_ROWS)


def _count(text: str) -> int:
    return number_of(text, int, 0, LARGEST)
