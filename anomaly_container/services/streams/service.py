"""The description of streams for the shell."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anomaly_container.detection.forest import kernels_compiled
from anomaly_container.outbound.http_client import HttpClient
from anomaly_container.services.streams.destinations import open_delivery
from anomaly_container.services.streams.errors import aws_error
from anomaly_container.services.streams.resources import RELOAD, Streams
from anomaly_container.services.streams.routes import routes
from anomaly_container.services.streams.usage import STREAM_EVENTS
from anomaly_container.web.service import Service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from anomaly_container.services.streams.settings import StreamsSettings
    from anomaly_container.web.shell import Shell

HERE: Final = Path(__file__).resolve().parent


@asynccontextmanager
async def open_streams(settings: StreamsSettings, shell: Shell) -> AsyncIterator[Streams]:
    """Open the sinks, and load the model and work as tasks of the shell.

    Parameters
    ----------
    settings
        The settings.
    shell
        The shell of the process.

    Raises
    ------
    UrlError, MissingExtraError
        If a sink of AWS cannot be made.
    """
    delivery = open_delivery(settings, http=HttpClient(), clock=shell.clock)
    streams = Streams(settings, shell, delivery)
    shell.supervise("streams", streams.run)
    if settings.model is not None and settings.model_reload:
        shell.supervise(RELOAD, streams.reload)
    try:
        yield streams
    finally:
        await streams.close()


def ready(streams: Streams) -> str | None:
    """Return the reason why the service is not ready; None if it is."""
    return streams.reason


def build_info() -> Mapping[str, str]:
    """Return the label that says which kernels run."""
    return {"kernels": "compiled" if kernels_compiled() else "numpy"}


def stop_seconds(settings: StreamsSettings) -> float:
    """Return the time that a member may take to finish and commit what it has read."""
    return settings.kafka_rebalance_seconds / 2


SERVICE: Final = Service(
    name="streams",
    meters=(STREAM_EVENTS,),
    open=open_streams,
    routes=routes,
    ready=ready,
    error_answer=aws_error,
    build_info=build_info,
    max_workers=1,
    stop_seconds=stop_seconds,
    ui=HERE / "ui",
    openapi=HERE / "openapi.yaml",
)
