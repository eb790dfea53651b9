"""The metering endpoint on the shell, in the process of a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anomaly_container.process.services import scheme
from anomaly_container.services.meter.service import SERVICE
from anomaly_container.settings.load import resolve
from anomaly_container.web.app import create_app
from anomaly_container.web.errors import NOTHING
from anomaly_container.web.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from aiohttp import web

    from anomaly_container.services.meter.settings import MeterSettings


def meter_settings(*words: str, environ: Mapping[str, str] = NOTHING) -> MeterSettings:
    """The settings of the endpoint with some words of the command line, and variables."""
    settings: MeterSettings = resolve(words, environ, {}, scheme("meter"), "meter").settings
    return settings


def meter_app(directory: Path, *words: str) -> web.Application:
    """The endpoint, whose records are in a directory."""
    return create_app(meter_settings(f"Directory={directory}", *words), (SERVICE,), Shell(state=directory))
