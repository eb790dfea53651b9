"""Settings of the receivers of spans."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, Field, SecretStr

from anomaly_container.settings import validators as check
from anomaly_container.settings.section import Section
from anomaly_container.settings.validators import AbsolutePath

# For resources that have only an instrumentation key.
PUBLIC_INGESTION: Final = "https://dc.services.visualstudio.com/"


class TracingSettings(Section):
    """Application Insights, and an OpenTelemetry collector."""

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
    def ingestion(self) -> tuple[str, str] | None:
        """The instrumentation key and the endpoint of Application Insights; None if it is off."""
        if self.connection_string:
            parts = check.connection_parts(self.connection_string.get_secret_value())
            return parts["instrumentationkey"].lower(), parts["ingestionendpoint"]
        if self.instrumentation_key:
            return self.instrumentation_key.get_secret_value().lower(), PUBLIC_INGESTION
        return None

    @property
    def headers_for_collector(self) -> dict[str, str]:
        """The headers for the OpenTelemetry collector, which may include an API key."""
        return check.headers_of(self.collector_headers.get_secret_value()) if self.collector_headers else {}
