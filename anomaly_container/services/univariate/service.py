"""The description of the univariate API for the shell."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anomaly_container.detection.univariate import kernels_compiled
from anomaly_container.services.univariate.contract.errors import ContractError
from anomaly_container.services.univariate.contract.limits import Limits
from anomaly_container.services.univariate.contract.series_file import SeriesFileError
from anomaly_container.services.univariate.engine import Engine
from anomaly_container.services.univariate.errors import (
    contract_error,
    error_answer,
    rate_limited,
    unreadable_body,
)
from anomaly_container.services.univariate.handlers import METERS
from anomaly_container.services.univariate.routes import canonical, routes
from anomaly_container.services.univariate.series_page import unreadable_series_file
from anomaly_container.web.errors import RateLimitedError, UnreadableBodyError
from anomaly_container.web.service import Service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from anomaly_container.settings.base import CommonSettings
    from anomaly_container.web.shell import Shell

HERE: Final = Path(__file__).resolve().parent


@asynccontextmanager
async def open_engine(settings: CommonSettings, shell: Shell) -> AsyncIterator[Engine]:
    """Yield the engine, which keeps no state between requests."""
    limits = Limits(max_points=settings.max_points, max_depth=settings.max_depth)
    yield Engine(limits, shell.admission)


def build_info() -> Mapping[str, str]:
    """Return the label that says which kernels run."""
    return {"kernels": "compiled" if kernels_compiled() else "numpy"}


SERVICE: Final = Service(
    name="univariate",
    meters=METERS,
    open=open_engine,
    routes=routes,
    errors={
        ContractError: contract_error,
        UnreadableBodyError: unreadable_body,
        RateLimitedError: rate_limited,
        SeriesFileError: unreadable_series_file,
    },
    error_answer=error_answer,
    spelling=canonical,
    build_info=build_info,
    ui=HERE / "ui",
    openapi=HERE.parents[2] / "openapi.yaml",
)
