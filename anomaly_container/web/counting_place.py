"""Looks after the place where a worker counts: no query is answered that cannot be counted."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from anomaly_container.billing.owner import owner_of
from anomaly_container.billing.policy_file import fault
from anomaly_container.web.state import COUNTER, METERING, POLICY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from uuid import UUID

    from aiohttp import web

    from anomaly_container.billing.heartbeat import Heartbeat

SECONDS_BETWEEN_LOOKS: Final = 1.0
SECONDS_BETWEEN_STARTS: Final = 5.0
"""How long a worker that cannot count stays at least."""

log = logging.getLogger(__name__)


async def watch_place(app: web.Application, heartbeat: Heartbeat, stop: Callable[[], None]) -> None:
    """Refuse queries while the metering directory is gone, and replace a worker whose own part of it is.

    Parameters
    ----------
    app
        The application of a worker that has a counter.
    heartbeat
        What reports its counts.
    stop
        Lets the worker finish, so that another takes its place.
    """
    directory, counter, policy = app[METERING], app[COUNTER], app[POLICY]
    owner, is_lost = owner_of(directory), False
    while True:
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        was_lost, is_lost = is_lost, not await asyncio.to_thread(_belongs_to, owner, directory)
        policy.refuse(refuses=is_lost)
        if is_lost and not was_lost:
            log.error("The metering directory %s is gone: queries are refused.", directory)
        if is_lost:
            continue
        if was_lost:
            log.warning("The metering directory %s is back: queries are served.", directory)
        if heartbeat.is_running() and await asyncio.to_thread(
            lambda: counter.is_in_place() and policy.is_in_place()
        ):
            continue
        log.error("A file of this worker in %s is gone: another worker takes its place.", directory)
        policy.refuse(refuses=True)
        stop()
        return


async def wait_for_place(app: web.Application, stop: Callable[[], None]) -> None:
    """Replace a worker that could not count when it started, as soon as there may be a place to count in.

    Parameters
    ----------
    app
        The application of a worker that refuses all queries.
    stop
        Lets the worker finish, so that another takes its place.
    """
    while True:
        await asyncio.sleep(SECONDS_BETWEEN_STARTS)
        if await asyncio.to_thread(_is_whole, app[METERING]):
            stop()
            return


def _belongs_to(owner: UUID | None, directory: Path) -> bool:
    try:
        return owner is not None and owner_of(directory) == owner
    except OSError:
        return False


def _is_whole(directory: Path) -> bool:
    """Tell whether a new worker finds what it needs; if it does not after all, it is one like this."""
    try:
        return owner_of(directory) is not None and fault(directory) is None
    except OSError:
        return False
