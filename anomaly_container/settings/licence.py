"""The three settings that a metered container requires."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, create_model
from pydantic.fields import FieldInfo

from anomaly_container.settings import validators as check
from anomaly_container.settings.section import Section


class LicenceSettings(Section):
    """The licence gate."""

    eula: Annotated[Literal["accept"], BeforeValidator(check.any_case)] = Field(alias="Eula")
    billing: Annotated[str, AfterValidator(check.endpoint)] = Field(alias="Billing")
    api_key: Annotated[SecretStr, AfterValidator(check.header_value)] = Field(alias="ApiKey")


L = TypeVar("L", bound=LicenceSettings)
BLANK: Final = {"eula": "", "billing": "", "api_key": SecretStr("")}


def with_optional_licence(settings: type[L]) -> type[L]:
    """Return a class in which the three settings are blank if they are not given; else they are checked.

    Parameters
    ----------
    settings
        The class of a metered service, for commands of it that count nothing.
    """
    fields: dict[str, Any] = {
        name: (
            settings.model_fields[name].rebuild_annotation(),
            FieldInfo(default=default, alias=settings.model_fields[name].alias),
        )
        for name, default in BLANK.items()
    }
    made: type[L] = create_model(settings.__name__, __base__=settings, **fields)
    return made
