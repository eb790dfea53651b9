"""Every setting of the server: its name, its bounds, and where its value comes from.

Names are written as the Azure container writes them (`Section:Key`). Their case does not matter, and in
environment variables `__` stands for `:`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationError,
)

MISSING: Final = {
    "Eula": "Missing EULA=accept command line option. You must provide this to continue.",
    "Billing": "Missing Billing=<endpoint URI> command line option. You must provide this to continue.",
    "ApiKey": "Missing ApiKey=<key> command line option. You must provide this to continue.",
}

INVALID: Final = {
    "Eula": MISSING["Eula"],
    "Billing": "Invalid Billing Endpoint URI.",
    "ApiKey": "Invalid ApiKey. It must be printable ASCII characters without white space.",
}

WITHOUT_EFFECT: Final = (
    "Logging:",
    "Fluentd:",
    "ApplicationInsights:",
    "Mounts:",
    "HTTP_PROXY",
    "HTTP_PROXY_CREDS",
    "DownloadLicense",
    "RAI_Terms",
)
"""Settings of the Azure container that are accepted and change nothing; a final colon means the section."""

# A generous point: indented JSON on several lines with seventeen digits and a microsecond timestamp.
BYTES_PER_POINT: Final = 256
BODY_ALLOWANCE: Final = 1 << 20


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


def _casefold(value: object) -> object:
    return value.casefold() if isinstance(value, str) else value


def _is_printable(value: str) -> bool:
    return all("!" <= character <= "~" for character in value)


def _absolute_http_uri(value: str) -> str:
    parts = urlsplit(value)  # raises ValueError too: brackets or a port that are no address
    if _is_printable(value) and parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0:
        return value
    raise ValueError(INVALID["Billing"])


def _header_value(key: SecretStr) -> SecretStr:
    if _is_printable(key.get_secret_value()):
        return key
    raise ValueError(INVALID["ApiKey"])


class Settings(BaseModel):
    """What the server runs with; see docs/settings.md for each of them."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    eula: Annotated[Literal["accept"], BeforeValidator(_casefold)] = Field(alias="Eula")
    billing: Annotated[str, AfterValidator(_absolute_http_uri)] = Field(alias="Billing")
    api_key: Annotated[SecretStr, AfterValidator(_header_value)] = Field(alias="ApiKey")
    host: str = Field("0.0.0.0", alias="Host")  # noqa: S104  # a container is reached from outside
    port: int = Field(5000, alias="Port", ge=1, le=65535)
    workers: PositiveInt | None = Field(None, alias="Workers")
    max_points: int = Field(8640, alias="Limits:MaxPoints", ge=12)
    max_body_bytes: PositiveInt | None = Field(None, alias="Limits:MaxBodyBytes")
    max_waiting: int = Field(64, alias="Limits:MaxWaiting", ge=0)
    body_seconds: PositiveFloat = Field(30.0, alias="Limits:BodySeconds", allow_inf_nan=False)

    @property
    def body_limit(self) -> int:
        """Largest request body in bytes: as set, or ample for `max_points` points."""
        return self.max_body_bytes or BODY_ALLOWANCE + BYTES_PER_POINT * self.max_points

    def environment(self) -> dict[str, str]:
        """Return the environment variables from which `load` makes these same settings."""
        values = self.model_dump(by_alias=True, exclude_none=True)
        values["ApiKey"] = self.api_key.get_secret_value()
        return {name.replace(":", "__"): str(value) for name, value in values.items()}


NAMES: Final = tuple(str(field.alias) for field in Settings.model_fields.values())
_SPELLINGS: Final = {name.casefold(): name for name in NAMES}


def load(words: Sequence[str], environ: Mapping[str, str], file: Mapping[str, object]) -> Settings:
    """Merge the sources, the first that gives a value wins, and check the outcome.

    Parameters
    ----------
    words
        `Key=Value` words of the command line; of a repeated key the last one counts.
    environ
        Environment variables; those that name no setting are ignored.
    file
        A mapping as YAML gives it, sections nested or written `Section:Key`.

    Raises
    ------
    SettingsError
        With one sentence for each word that is not understood and each value that is missing or wrong.
    """
    problems: list[str] = []
    given: dict[str, object] = {}
    for source in (_from_file(file, problems), _from_environment(environ), _from_words(words, problems)):
        given |= {name: value for name, value in source if not _blank(value)}
    try:
        settings = Settings.model_validate(given)
    except ValidationError as error:
        problems += [_sentence(str(item["loc"][0]), item["type"], item["msg"]) for item in error.errors()]
    if problems:
        raise SettingsError(problems)
    return settings


def names_without_effect(words: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """Return the names, as given, of settings of the Azure container that change nothing here."""
    names = [*(word.partition("=")[0] for word in words), *(name.replace("__", ":") for name in environ)]
    return [name for name in dict.fromkeys(names) if _has_no_effect(name)]


def is_setting(variable: str) -> bool:
    """Tell whether an environment variable gives the value of a setting."""
    return variable.replace("__", ":").casefold() in _SPELLINGS


def _has_no_effect(name: str) -> bool:
    lower = name.casefold()
    return any(
        lower.startswith(known.casefold()) if known.endswith(":") else lower == known.casefold()
        for known in WITHOUT_EFFECT
    )


def _blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _from_words(words: Sequence[str], problems: list[str]) -> Iterator[tuple[str, object]]:
    for position, word in enumerate(words, start=1):
        name, equals, value = word.partition("=")
        if name.casefold() in _SPELLINGS and equals:
            yield _SPELLINGS[name.casefold()], value
        elif not value.strip("="):
            # Never quoted: it may be a key that white space cut off from its name.
            problems.append(f"Word {position} of the command line is not of the form Key=Value.")
        elif not _has_no_effect(name):
            problems.append(_unknown(name, "on the command line"))


def _from_environment(environ: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    for variable in sorted(environ):
        if is_setting(variable):
            yield _SPELLINGS[variable.replace("__", ":").casefold()], environ[variable]


def _from_file(
    file: Mapping[str, object], problems: list[str], section: str = ""
) -> Iterator[tuple[str, object]]:
    for key, value in file.items():
        name = f"{section}{key}"
        if isinstance(value, Mapping):
            yield from _from_file(value, problems, f"{name}:")
        elif name.casefold() in _SPELLINGS:
            yield _SPELLINGS[name.casefold()], value
        elif not _has_no_effect(name):
            problems.append(_unknown(name, "in the settings file"))


def _unknown(name: str, where: str) -> str:
    known = {
        setting.casefold(): setting for setting in (*NAMES, *(name.rstrip(":") for name in WITHOUT_EFFECT))
    }
    [nearest] = difflib.get_close_matches(name.casefold(), known, n=1, cutoff=0.0)
    return f"Unknown setting {name} {where}. Did you mean {known[nearest]}?"


def _sentence(name: str, kind: str, message: str) -> str:
    if kind == "missing":
        return MISSING[name]
    return INVALID.get(name, f"Invalid {name}. {message}.")
