"""A directory that is gone when the watch begins, and comes back: queries are refused, then served."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import TYPE_CHECKING, cast

import pytest

from anomaly_container.metering.usage import Usage
from anomaly_container.services.univariate.handlers import METERS
from anomaly_container.web import metering_watch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from anomaly_container.metering.heartbeat import Heartbeat


class Beating:
    """Stands in for a thread that reports usage."""

    def is_running(self) -> bool:
        return True


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  # another task changes it
            await asyncio.sleep(0.01)


@pytest.mark.usefixtures("policy")
async def test_a_directory_that_was_gone_from_the_beginning_is_counted_in_again(
    metering: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metering_watch, "CHECK_SECONDS", 0.01)
    stopped: list[bool] = []
    away = metering.with_name("away")
    with closing(Usage(metering, METERS)) as usage:
        metering.rename(away)  # noqa: ASYNC240  # nothing else runs
        watching = asyncio.create_task(
            metering_watch.watch_metering_directory(
                usage, cast("Heartbeat", Beating()), lambda: stopped.append(True)
            )
        )
        await until(lambda: not usage.policy.serves())
        away.rename(metering)
        await until(usage.policy.serves)
        watching.cancel()
    assert not stopped
