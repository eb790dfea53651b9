"""Settings of metering."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from anomaly_container.settings import validators as check
from anomaly_container.settings.licence import LicenceSettings
from anomaly_container.settings.validators import AbsolutePath

SECONDS_PER_DAY: Final = 86400
SECONDS_PER_HOUR: Final = 3600


class MeteringSettings(LicenceSettings):
    """The metering endpoint, the interval of reports, and the metering directory."""

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
