"""The page of figures for Prometheus."""

from __future__ import annotations

import asyncio
import math
import time
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from aiohttp import web

from anomaly_container.billing.ledger import Ledger, LedgerError
from anomaly_container.billing.policy import Gate, Policy
from anomaly_container.detection import kernels_compiled
from anomaly_container.observability import metrics
from anomaly_container.web.state import METERING, POLICY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


async def page(request: web.Request) -> web.Response:
    """Answer with the figures of all processes, in the text format of Prometheus."""
    directory, policy = request.app[METERING], request.app[POLICY]
    kernels = "compiled" if kernels_compiled() else "numpy"
    # Files of all processes and a database are read, which must not hold up the loop.
    body = await asyncio.to_thread(metrics.exposition, partial(_metering, directory, policy), kernels)
    return web.Response(body=body, headers={"Content-Type": metrics.CONTENT_TYPE})


def _metering(directory: Path, policy: Policy) -> Mapping[str, float]:
    """Look up where the container stands with its metering endpoint."""
    _, gate, _ = policy.read()
    confirmed = policy.last_success()
    found = {
        "anomaly_metering_serving": float(gate is Gate.SERVE),
        "anomaly_metering_heartbeat_age_seconds": math.inf
        if confirmed is None
        else max(0.0, time.time() - confirmed),
    }
    try:
        with closing(Ledger(directory)) as ledger:
            found["anomaly_metering_unsent_records"] = float(len(ledger.pending()))
            found["anomaly_metering_failed_attempts"] = float(ledger.standing().failed_attempts)
    except LedgerError:
        pass  # the heartbeat has logged it; what is not known is not shown
    return found
