"""Settings of access: access keys, rate limit, CORS and TLS."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PositiveInt

from anomaly_container.settings import validators as check
from anomaly_container.settings.section import Section
from anomaly_container.settings.validators import AbsolutePath


class AccessSettings(Section):
    """Access keys, rate limit, CORS and TLS."""

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
