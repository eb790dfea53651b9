"""The three settings that a metered container requires."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from anomaly_container.settings import validators as check
from anomaly_container.settings.section import Section


class LicenceSettings(Section):
    """The licence gate."""

    eula: Annotated[Literal["accept"], BeforeValidator(check.any_case)] = Field(alias="Eula")
    billing: Annotated[str, AfterValidator(check.endpoint)] = Field(alias="Billing")
    api_key: Annotated[SecretStr, AfterValidator(check.header_value)] = Field(alias="ApiKey")
