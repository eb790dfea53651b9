"""Batches on the shell, in the process of a test."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from anomaly_container.process.services import scheme
from anomaly_container.services.batches.service import SERVICE, open_batches
from anomaly_container.settings.load import resolve
from anomaly_container.web.app import create_app
from anomaly_container.web.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from aiohttp import web

    from anomaly_container.metering.usage import Usage
    from anomaly_container.outbound.http_client import HttpClient
    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.services.batches.settings import BatchesSettings

LICENSED = ("Eula=accept", "Billing=http://127.0.0.1:5001/", "ApiKey=key")


def batches_settings(*words: str, environ: Mapping[str, str] | None = None) -> BatchesSettings:
    """The settings of batches with some words of the command line, and variables."""
    given = [*LICENSED, "Service=batches", *words]
    settings: BatchesSettings = resolve(given, environ or {}, {}, scheme("batches"), "batches").settings
    return settings


def batches_app(  # noqa: PLR0913  # each is a part that a test may have made
    settings: BatchesSettings,
    state: Path,
    *,
    store: ObjectStore | None = None,
    client: HttpClient | None = None,
    usage: Usage | None = None,
    shell: Shell | None = None,
) -> web.Application:
    """The service with a store and a client of the test's own, if they are given."""
    service = replace(SERVICE, open=partial(open_batches, store=store, client=client))
    return create_app(settings, (service,), shell or Shell(state=state, usage=usage))
