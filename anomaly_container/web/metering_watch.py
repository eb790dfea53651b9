"""The watch over the metering directory: queries that cannot be counted are refused."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from anomaly_container.metering.owner import owner_of
from anomaly_container.metering.policy_file import fault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from anomaly_container.metering.heartbeat import Heartbeat
    from anomaly_container.metering.usage import Usage

CHECK_SECONDS: Final = 1.0
RESTART_SECONDS: Final = 5.0
"""The shortest life of a worker that cannot count."""

log = logging.getLogger(__name__)


async def watch_metering_directory(usage: Usage, heartbeat: Heartbeat, stop: Callable[[], None]) -> None:
    """Refuse queries while the metering directory is missing, and stop a worker whose own files are missing.

    Parameters
    ----------
    usage
        The counters of the worker.
    heartbeat
        The thread that reports usage.
    stop
        Stops the worker gracefully; another replaces it.
    """
    directory, counter, policy = usage.directory, usage.counter, usage.policy
    is_lost = False
    while True:
        await asyncio.sleep(CHECK_SECONDS)
        was_lost, is_lost = is_lost, not await asyncio.to_thread(_belongs_to, usage.instance, directory)
        policy.refuse(refuses=is_lost)
        if is_lost and not was_lost:
            log.error("The metering directory %s is gone: queries are refused.", directory)
        if is_lost:
            continue
        if was_lost:
            log.warning("The metering directory %s is back: queries are served.", directory)
        if heartbeat.is_running() and await asyncio.to_thread(
            lambda: counter is not None and counter.is_in_place() and policy.is_in_place()
        ):
            continue
        log.error("A file of this worker in %s is gone: another worker takes its place.", directory)
        policy.refuse(refuses=True)
        stop()
        return


async def wait_for_metering_directory(usage: Usage, stop: Callable[[], None]) -> None:
    """Stop a worker that could not count when it started, as soon as its replacement may be able to.

    Parameters
    ----------
    usage
        The usage object of a worker that refuses all queries.
    stop
        Stops the worker gracefully; another replaces it.
    """
    while True:
        await asyncio.sleep(RESTART_SECONDS)
        if await asyncio.to_thread(_is_whole, usage.directory):
            stop()
            return


def _belongs_to(instance: str, directory: Path) -> bool:
    try:
        return str(owner_of(directory)) == instance
    except OSError:
        return False


def _is_whole(directory: Path) -> bool:
    """Return whether a new worker is likely to find all files; if it does not, it waits like this one."""
    try:
        return owner_of(directory) is not None and fault(directory) is None
    except OSError:
        return False
