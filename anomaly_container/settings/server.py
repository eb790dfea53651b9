"""Settings of the listener and the workers, and the limits of requests."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, PositiveInt

from anomaly_container.settings import validators as check
from anomaly_container.settings.section import Section

# Enough for a point as indented JSON on several lines with 17 digits and a timestamp in microseconds.
BYTES_PER_POINT: Final = 256
MEBIBYTE: Final = 1 << 20


class ServerSettings(Section):
    """Address, workers and limits."""

    service: Annotated[str, BeforeValidator(check.any_case)] = Field("anomalydetector", alias="Service")
    host: Annotated[str, AfterValidator(check.host_name)] = Field("0.0.0.0", alias="Host")  # noqa: S104  # a container must be reachable from outside
    port: int = Field(5000, alias="Port", ge=1, le=65535)
    workers: PositiveInt | None = Field(None, alias="Workers")
    max_requests: int = Field(0, alias="Workers:MaxRequests", ge=0)

    max_points: int = Field(8640, alias="Limits:MaxPoints", ge=12)
    max_body_bytes: PositiveInt | None = Field(None, alias="Limits:MaxBodyBytes")
    max_depth: int = Field(64, alias="Limits:MaxDepth", ge=8, le=512)
    max_waiting: int = Field(64, alias="Limits:MaxWaiting", ge=0)
    body_seconds: float = Field(30.0, alias="Limits:BodySeconds", gt=0)
    head_seconds: float = Field(30.0, alias="Limits:HeadSeconds", gt=0)
    write_seconds: float = Field(30.0, alias="Limits:WriteSeconds", gt=0)
    linger_seconds: float = Field(10.0, alias="Limits:LingerSeconds", ge=0)
    keep_alive_seconds: float = Field(75.0, alias="Limits:KeepAliveSeconds", gt=0)
    max_connections: PositiveInt = Field(1000, alias="Limits:MaxConnections")
    max_buffered_bytes: int = Field(96 * MEBIBYTE, alias="Limits:MaxBufferedBytes", ge=MEBIBYTE)
    max_url_bytes: int = Field(8190, alias="Limits:MaxUrlBytes", ge=256, le=MEBIBYTE)
    max_header_bytes: int = Field(16380, alias="Limits:MaxHeaderBytes", ge=256, le=MEBIBYTE)
    max_headers: int = Field(128, alias="Limits:MaxHeaders", ge=16, le=1024)

    @property
    def body_limit(self) -> int:
        """The largest request body in bytes: as set, or ample for `max_points` points."""
        return self.max_body_bytes or MEBIBYTE + BYTES_PER_POINT * self.max_points
