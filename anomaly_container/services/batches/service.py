"""The description of batches for the shell."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anomaly_container.detection.batches import kernels_compiled
from anomaly_container.outbound.errors import OutboundError
from anomaly_container.outbound.object_store import open_store
from anomaly_container.services.batches.after_commit import BATCH_DETECT, DATA_POINTS
from anomaly_container.services.batches.errors import state_unreadable, store_unavailable
from anomaly_container.services.batches.parts import Surroundings
from anomaly_container.services.batches.resources import Batches
from anomaly_container.services.batches.routes import routes
from anomaly_container.services.batches.state import UnknownStateError
from anomaly_container.web.service import Service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from anomaly_container.outbound.http_client import HttpClient
    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.services.batches.settings import BatchesSettings
    from anomaly_container.web.shell import Shell

HERE: Final = Path(__file__).resolve().parent
STOP_SECONDS: Final = 5.0


@asynccontextmanager
async def open_batches(
    settings: BatchesSettings,
    shell: Shell,
    *,
    store: ObjectStore | None = None,
    client: HttpClient | None = None,
) -> AsyncIterator[Batches]:
    """Open the store, and work as tasks of the shell.

    The process that is killed loses nothing, so that a table that is being scored is left as it is.

    Parameters
    ----------
    settings
        The settings.
    shell
        The shell of the process.
    store, client
        What tests put in the place of the store of the settings, and of a client of the public internet.
    """
    if store is None:
        store = open_store(settings.store_url, endpoint=settings.endpoint, allow_http=settings.allow_http)
    around = Surroundings(
        loop=asyncio.get_running_loop(),
        threads=shell.thread("batches", settings.concurrency),
        gate=shell.gate,
        usage=shell.usage,
        clock=shell.clock,
    )
    batches = Batches(settings, store, around, shell.workers, client)
    shell.supervise("batches", batches.run)
    shell.supervise("batches-check", batches.check)
    try:
        yield batches
    finally:
        await batches.close()


def ready(batches: Batches) -> str | None:
    """Return why the service is not ready; None if it is."""
    return batches.reason


def build_info() -> Mapping[str, str]:
    """Return the label that says which kernels run."""
    return {"kernels": "compiled" if kernels_compiled() else "numpy"}


def stop_seconds(_settings: object) -> float:
    """Return how long the last commits may take to be counted."""
    return STOP_SECONDS


SERVICE: Final = Service(
    name="batches",
    meters=(BATCH_DETECT, DATA_POINTS),
    open=open_batches,
    routes=routes,
    ready=ready,
    errors={OutboundError: store_unavailable, UnknownStateError: state_unreadable},
    build_info=build_info,
    stop_seconds=stop_seconds,
    ui=HERE / "ui",
    openapi=HERE / "openapi.yaml",
)
