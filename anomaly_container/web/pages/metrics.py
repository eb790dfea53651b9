"""The page of metrics for Prometheus."""

from __future__ import annotations

import asyncio
import math
import time
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from aiohttp import web

from anomaly_container.metering.ledger import Ledger, LedgerError
from anomaly_container.metering.policy import Gate
from anomaly_container.observability import metrics

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from anomaly_container.metering.usage import Usage


def metrics_page(
    usage: Usage | None, build_info: Mapping[str, str]
) -> Callable[[object, web.Request], Awaitable[web.Response]]:
    """Return the handler of the page.

    Parameters
    ----------
    usage
        The usage of the container; None if nothing is metered.
    build_info
        Additional labels of `anomaly_build_info`.
    """
    read_values = partial(_metering_values, usage) if usage else dict[str, float]

    async def page(_resources: object, _request: web.Request) -> web.Response:
        # On a thread: it reads the files of all processes and a database.
        body = await asyncio.to_thread(metrics.exposition, read_values, build_info)
        return web.Response(body=body, headers={"Content-Type": metrics.CONTENT_TYPE})

    return page


def _metering_values(usage: Usage) -> Mapping[str, float]:
    """Return the values of the metrics of metering."""
    _, gate, _ = usage.policy.read()
    confirmed = usage.policy.last_success()
    values = {
        "anomaly_metering_serving": float(gate is Gate.SERVE),
        "anomaly_metering_heartbeat_age_seconds": math.inf
        if confirmed is None
        else max(0.0, time.time() - confirmed),
    }
    try:
        with closing(Ledger(usage.directory)) as ledger:
            values["anomaly_metering_unsent_records"] = float(len(ledger.pending()))
            values["anomaly_metering_failed_attempts"] = float(ledger.standing().failed_attempts)
    except LedgerError:
        pass  # the heartbeat has logged it; unknown values are left out
    return values
