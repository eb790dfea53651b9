"""Settings of the log."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from anomaly_container.settings import validators as check
from anomaly_container.settings.section import Section
from anomaly_container.settings.validators import AbsolutePath

MS_PER_DAY: Final = 86_400_000


class LogLevel(StrEnum):
    """The lowest level that is written, most verbose first."""

    TRACE = "Trace"
    DEBUG = "Debug"
    INFORMATION = "Information"
    WARNING = "Warning"
    ERROR = "Error"
    CRITICAL = "Critical"
    NONE = "None"

    @classmethod
    def _missing_(cls, value: object) -> LogLevel | None:
        return next((level for level in cls if check.any_case(value) == level.casefold()), None)


class LoggingSettings(Section):
    """Console, files on disk, and Fluentd."""

    console_format: Annotated[Literal["simple", "json"], BeforeValidator(check.any_case)] = Field(
        "simple", alias="Logging:Console:FormatterName"
    )
    request_log: Annotated[Literal["json"], BeforeValidator(check.any_case)] | None = Field(
        None, alias="Logging:Requests"
    )
    console_level: LogLevel = Field(LogLevel.INFORMATION, alias="Logging:Console:LogLevel:Default")
    disk_format: Annotated[Literal["json"], BeforeValidator(check.any_case)] | None = Field(
        None, alias="Logging:Disk:Format"
    )
    disk_level: LogLevel = Field(LogLevel.INFORMATION, alias="Logging:Disk:LogLevel:Default")
    disk_max_file_megabytes: Annotated[int, AfterValidator(check.megabytes)] = Field(
        1, alias="Logging:Disk:MaxFileSize"
    )

    fluentd_host: Annotated[str, AfterValidator(check.host_name)] | None = Field(None, alias="Fluentd:Host")
    fluentd_port: int = Field(24224, alias="Fluentd:Port", ge=1, le=65535)
    fluentd_heartbeat_ms: int = Field(60_000, alias="Fluentd:HeartbeatMs", ge=1, le=MS_PER_DAY)
    fluentd_buffer_bytes: int = Field(32_768, alias="Fluentd:SendBufferSize", ge=1024, le=1 << 30)
    fluentd_tls: bool = Field(False, alias="Fluentd:UseTLS")
    fluentd_tls_ms: int = Field(
        10_000, alias="Fluentd:TlsConnectionEstablishmentTimeoutMs", ge=1, le=MS_PER_DAY
    )
    fluentd_ca_bundle: AbsolutePath | None = Field(None, alias="Fluentd:CaBundle")
