"""Every setting of the server: its name, its bounds and its default.

Names are written as the Azure container writes them (`Section:Key`). Their case does not matter, and `__`
stands for `:` where a colon cannot be written.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveInt,
    SecretStr,
)

from anomaly_container import setting_checks as check
from anomaly_container import setting_sources as sources

if TYPE_CHECKING:
    from collections.abc import Sequence

# A generous point: indented JSON on several lines with seventeen digits and a microsecond timestamp.
BYTES_PER_POINT: Final = 256
MEBIBYTE: Final = 1 << 20
SECONDS_PER_DAY: Final = 86400
SECONDS_PER_HOUR: Final = 3600
# For the resources whose connection string was never more than a key.
PUBLIC_INGESTION: Final = "https://dc.services.visualstudio.com/"
MS_PER_DAY: Final = 1000 * SECONDS_PER_DAY


AbsolutePath = Annotated[Path, AfterValidator(check.path)]


class SettingsError(Exception):
    """The server must not start.

    Attributes
    ----------
    problems
        One sentence for each thing that is missing or wrong; none of them quotes a value.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(*problems)
        self.problems = tuple(problems)


class LogLevel(StrEnum):
    """The least important records that are still written, most talkative first."""

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


class Settings(BaseModel):
    """What the server runs with; see docs/settings.md for each of them."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)

    eula: Annotated[Literal["accept"], BeforeValidator(check.any_case)] = Field(alias="Eula")
    billing: Annotated[str, AfterValidator(check.endpoint)] = Field(alias="Billing")
    api_key: Annotated[SecretStr, AfterValidator(check.header_value)] = Field(alias="ApiKey")

    host: Annotated[str, AfterValidator(check.host_name)] = Field("0.0.0.0", alias="Host")  # noqa: S104  # a container is reached from outside
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

    access_keys: AbsolutePath | None = Field(None, alias="Access:ApiKeys")
    access_pages: Annotated[Literal["open", "key", "all"], BeforeValidator(check.any_case)] = Field(
        "open", alias="Access:Pages"
    )
    rate_per_second: Annotated[float, AfterValidator(check.only_with_keys)] | None = Field(
        None, alias="Access:RateLimit", gt=0
    )
    rate_burst: PositiveInt | None = Field(None, alias="Access:RateBurst")
    cors_origins: Annotated[str, AfterValidator(check.origins)] | None = Field(
        None, alias="Access:Cors:Origins"
    )
    tls_certificate: AbsolutePath | None = Field(None, alias="Tls:Certificate")
    tls_key: Annotated[AbsolutePath, AfterValidator(check.only_with_certificate)] | None = Field(
        None, alias="Tls:Key"
    )

    metering_interval_seconds: float = Field(
        600.0, alias="Metering:IntervalSeconds", gt=0, le=SECONDS_PER_DAY
    )
    metering_path: Annotated[str, AfterValidator(check.path_of_uri)] = Field(
        "/metering/v1/usage", alias="Metering:Path"
    )
    metering_mode: Annotated[
        Literal["connected", "disconnected"],
        BeforeValidator(check.any_case),
        AfterValidator(check.disconnected_without_endpoint),
    ] = Field("connected", alias="Metering:Mode", validate_default=True)
    metering_timeout_seconds: float = Field(10.0, alias="Metering:TimeoutSeconds", gt=0, le=SECONDS_PER_HOUR)
    metering_ca_bundle: AbsolutePath | None = Field(None, alias="Metering:CaBundle")
    metering_directory: AbsolutePath | None = Field(None, alias="Metering:Directory")
    http_proxy: Annotated[str, AfterValidator(check.proxy)] | None = Field(None, alias="HTTP_PROXY")
    http_proxy_creds: Annotated[SecretStr, AfterValidator(check.user_and_password)] | None = Field(
        None, alias="HTTP_PROXY_CREDS"
    )

    mounts_input: AbsolutePath = Field(Path("/input"), alias=sources.INPUT)
    mounts_output: AbsolutePath = Field(Path("/output"), alias="Mounts:Output")

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

    instrumentation_key: Annotated[SecretStr, AfterValidator(check.guid)] | None = Field(
        None, alias="ApplicationInsights:InstrumentationKey"
    )
    connection_string: Annotated[SecretStr, AfterValidator(check.connection_string)] | None = Field(
        None, alias="ApplicationInsights:ConnectionString"
    )

    collector: Annotated[str, AfterValidator(check.base_uri)] | None = Field(
        None, alias="OpenTelemetry:Endpoint"
    )
    collector_headers: Annotated[SecretStr, AfterValidator(check.header_list)] | None = Field(
        None, alias="OpenTelemetry:Headers"
    )
    collector_ca_bundle: AbsolutePath | None = Field(None, alias="OpenTelemetry:CaBundle")

    @property
    def body_limit(self) -> int:
        """Largest request body in bytes: as set, or ample for `max_points` points."""
        return self.max_body_bytes or MEBIBYTE + BYTES_PER_POINT * self.max_points

    @property
    def ingestion(self) -> tuple[str, str] | None:
        """Key and endpoint of telemetry; None when nobody collects it."""
        if self.connection_string:
            parts = check.connection_parts(self.connection_string.get_secret_value())
            return parts["instrumentationkey"].lower(), parts["ingestionendpoint"]
        if self.instrumentation_key:
            return self.instrumentation_key.get_secret_value().lower(), PUBLIC_INGESTION
        return None

    @property
    def headers_for_collector(self) -> dict[str, str]:
        """What the collector of spans asks for, its key perhaps."""
        return check.headers_of(self.collector_headers.get_secret_value()) if self.collector_headers else {}

    def environment(self) -> dict[str, str]:
        """Return the environment variables from which `load` makes these same settings, reading no file."""
        values = self.model_dump(by_alias=True, exclude_none=True)
        return {sources.CONFIG: sources.NO_FILE} | {
            name.replace(":", "__"): value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            for name, value in values.items()
        }
