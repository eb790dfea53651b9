"""The settings of the metering endpoint."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, PositiveInt, SecretStr

from anomaly_container.settings.base import ShellSettings
from anomaly_container.settings.validators import host_name, printable_path

SECTION: Final = "Meter:"
USAGE_PATH: Final = "/metering/v1/usage"

PORT: Final = re.compile("[0-9]{1,5}")
KEY: Final = re.compile("[!-~]+")
PATH: Final = re.compile("/[0-9A-Za-z._~/-]*")


def _port(value: object) -> int:
    text = str(value)
    if PORT.fullmatch(text) and 1 <= int(text) <= 65535:
        return int(text)
    message = "It must be an integer from 1 to 65535"
    raise ValueError(message)


def _keys(value: SecretStr) -> SecretStr:
    if all(map(KEY.fullmatch, _split(value.get_secret_value()))):
        return value
    message = "Each must be printable ASCII characters without white space"
    raise ValueError(message)


def _path(value: str) -> str:
    if PATH.fullmatch(value):
        return value
    message = "It must begin with / and have letters, digits and - . _ ~ / only"
    raise ValueError(message)


def _split(keys: str) -> tuple[str, ...]:
    return tuple(key.strip() for key in keys.split(",") if key.strip())


class MeterSettings(ShellSettings):
    """The settings of the metering endpoint."""

    host: Annotated[str, AfterValidator(host_name)] = Field("127.0.0.1", alias="Meter:Host")
    port: Annotated[int, BeforeValidator(_port)] = Field(5001, alias="Meter:Port")
    max_body_bytes: PositiveInt | None = Field(65_536, alias="Limits:MaxBodyBytes")
    body_seconds: float = Field(10.0, alias="Limits:BodySeconds", gt=0)

    keys: Annotated[SecretStr, AfterValidator(_keys)] | None = Field(None, alias="Meter:Keys")
    directory: Annotated[Path, AfterValidator(printable_path)] | None = Field(None, alias="Meter:Directory")
    path: Annotated[str, AfterValidator(_path)] = Field(USAGE_PATH, alias="Meter:Path")

    @property
    def sender_keys(self) -> tuple[str, ...]:
        """The access keys of senders; if there are none, any key that is not blank is accepted."""
        return _split(self.keys.get_secret_value()) if self.keys else ()


SETTINGS: Final = MeterSettings
