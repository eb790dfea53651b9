"""Where settings come from: words, environment, a mounted file, defaults; the first to give a value wins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from anomaly_container.settings import sources
from anomaly_container.settings import validators as check
from anomaly_container.settings.base import Settings, SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WITHOUT_EFFECT: Final = (
    "Logging:LogLevel:",
    "Logging:Debug:",
    "Logging:Console:",
    "Logging:Disk:LogLevel:",
    "Mounts:License",
    "DownloadLicense",
    "RAI_Terms",
)
"""Settings of the Azure container that are accepted and change nothing; a final colon means the section."""


@dataclass(frozen=True)
class Resolved:
    """Settings, and where the value of each came from.

    Attributes
    ----------
    settings
        What the server runs with.
    origins
        By the name of a setting, where its value was given; the others have their default.
    without_effect
        Names that were given, as written, of settings that change nothing here.
    """

    settings: Settings
    origins: Mapping[str, str]
    without_effect: Sequence[str]


NAMES: Final = (sources.CONFIG, *(str(field.alias) for field in Settings.model_fields.values()))
_SPELLINGS: Final = {name.casefold(): name for name in NAMES} | {
    name.removesuffix(":Default").casefold(): name for name in NAMES
}


def load(words: Sequence[str], environ: Mapping[str, str], defaults: Mapping[str, object]) -> Settings:
    """Merge the sources as `resolve` does and return the settings alone."""
    return resolve(words, environ, defaults).settings


def resolve(words: Sequence[str], environ: Mapping[str, str], defaults: Mapping[str, object]) -> Resolved:
    """Merge the sources, the first that gives a value wins, and check the outcome.

    Parameters
    ----------
    words
        `Key=Value` words of the command line; of a repeated key the last one counts.
    environ
        Environment variables; those that name no setting are ignored.
    defaults
        A mapping as YAML gives it, sections nested or written `Section:Key`. Between it and the environment
        comes the mounted file, if there is one.

    Raises
    ------
    SettingsError
        With one sentence for each word that is not understood and each value that is missing or wrong.
    """
    reader = sources.Reader(_SPELLINGS, WITHOUT_EFFECT)
    below = reader.mapping(defaults, "default", "in the settings file")
    near = reader.contents(reader.environment(environ) | reader.words(words))
    path = sources.mounted_path(below | near)
    mounted = reader.mounted_file(path) if path else {}
    given = below | reader.contents({name: mounted[name] for name in mounted.keys() - near.keys()}) | near
    given.pop(sources.CONFIG, None)
    try:
        settings = Settings.model_validate({name: one.value for name, one in given.items()})
    except ValidationError as error:
        faults = [
            _sentence(name, item["type"], item["msg"])
            for item in error.errors()
            if (name := str(item["loc"][0])) not in reader.unreadable
        ]
        raise SettingsError([*reader.problems, *faults]) from None
    if reader.problems:
        raise SettingsError(reader.problems)
    origins = {name: one.origin for name, one in given.items()}
    if check.names_a_file(settings.billing):
        origins["Metering:Mode"] = origins["Billing"]
    return Resolved(settings, origins, tuple(reader.without_effect))


def is_setting(variable: str) -> bool:
    """Tell whether an environment variable gives the value of a setting."""
    return sources.find(_SPELLINGS, variable)[0] is not None


def _sentence(name: str, kind: str, message: str) -> str:
    if kind == "missing":
        return check.MISSING[name]
    return check.INVALID.get(name, f"Invalid {name}. {message.removeprefix('Value error, ')}.")
