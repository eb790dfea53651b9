"""Where settings come from: words, environment, a mounted file, defaults; the first to give a value wins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from anomaly_container.settings import sources
from anomaly_container.settings import validators as check
from anomaly_container.settings.base import CommonSettings
from anomaly_container.settings.errors import SettingsError
from anomaly_container.settings.names import Names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

S = TypeVar("S", bound=BaseModel)

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
HOUSE: Final = tuple(str(field.alias) for field in CommonSettings.model_fields.values())
"""The names that most services have."""
DEFAULT_SERVICE: Final = "anomalydetector"


@dataclass(frozen=True)
class Resolved(Generic[S]):
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

    settings: S
    origins: Mapping[str, str]
    without_effect: Sequence[str]


class _Choice(BaseModel):
    """What decides which class of settings is loaded."""

    model_config = ConfigDict(extra="ignore", defer_build=True)

    service: Annotated[str, BeforeValidator(check.any_case)] = Field(DEFAULT_SERVICE, alias="Service")
    mounts_input: str = Field("", alias=sources.INPUT)


def service_of(
    words: Sequence[str],
    environ: Mapping[str, str],
    defaults: Mapping[str, object],
    known: Sequence[str],
) -> str:
    """Return which service is asked for, from the same sources as its settings.

    Parameters
    ----------
    words, environ, defaults
        As `resolve` takes them.
    known
        The services that there are.

    Raises
    ------
    SettingsError
        If there is no such service.
    """
    reader = sources.Reader(Names(_Choice, [sources.CONFIG]), is_partial=True)
    given = _merged(reader, words, environ, defaults)
    service = str(check.any_case(given["Service"].value)) if "Service" in given else DEFAULT_SERVICE
    if service not in known:
        raise SettingsError([f"Invalid Service. It must be one of {', '.join(known)}."])
    return service


@dataclass(frozen=True)
class Scheme(Generic[S]):
    """A class of settings, and how its names may be written.

    Attributes
    ----------
    settings
        The class.
    names
        Its names, and those that have no effect on it.
    """

    settings: type[S]
    names: Names


def scheme_of(settings: type[S], section: str = "", sections: Sequence[str] = ()) -> Scheme[S]:
    """Return the scheme of a class.

    Parameters
    ----------
    settings
        The class.
    section
        The section of its service, `Meter:`; blank if it has none.
    sections
        The sections of all services.
    """
    elsewhere = (*(other for other in sections if other != section), *HOUSE)
    names = Names(settings, [sources.CONFIG], section=section, ignored=WITHOUT_EFFECT, elsewhere=elsewhere)
    return Scheme(settings, names)


COMMON: Final = scheme_of(CommonSettings)
"""The settings that every service has."""


def load(words: Sequence[str], environ: Mapping[str, str], defaults: Mapping[str, object]) -> CommonSettings:
    """Merge the sources as `resolve` does and return the settings that every service has."""
    return resolve(words, environ, defaults, COMMON).settings


def resolve(
    words: Sequence[str],
    environ: Mapping[str, str],
    defaults: Mapping[str, object],
    scheme: Scheme[S],
    service: str | None = None,
) -> Resolved[S]:
    """Merge the sources, the first that gives a value wins, and check the outcome.

    Parameters
    ----------
    words
        The words of the command line; of a repeated name the last one counts.
    environ
        Environment variables; those that name no setting are ignored.
    defaults
        A mapping as YAML gives it, sections nested or written `Section:Key`. Between it and the environment
        comes the mounted file, if there is one.
    scheme
        The class of the settings and its names.
    service
        The service that the command names, whatever the sources say; None for theirs.

    Raises
    ------
    SettingsError
        With one sentence for each word that is not understood and each value that is missing or wrong.
    """
    reader = sources.Reader(scheme.names)
    given = _merged(reader, words, environ, defaults)
    given.pop(sources.CONFIG, None)
    if service is not None:
        given["Service"] = sources.Given(service, "command line")
    try:
        settings = scheme.settings.model_validate(
            scheme.names.grouped({name: one.value for name, one in given.items()})
        )
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
    if check.names_a_file(getattr(settings, "billing", "")):
        origins["Metering:Mode"] = origins["Billing"]
    return Resolved(settings, origins, tuple(reader.without_effect))


def _merged(
    reader: sources.Reader, words: Sequence[str], environ: Mapping[str, str], defaults: Mapping[str, object]
) -> dict[str, sources.Given]:
    below = reader.mapping(defaults, "default", "in the settings file")
    near = reader.contents(reader.environment(environ) | reader.words(words))
    path = sources.mounted_path(below | near)
    mounted = reader.mounted_file(path) if path else {}
    return below | reader.contents({name: mounted[name] for name in mounted.keys() - near.keys()}) | near


def _sentence(name: str, kind: str, message: str) -> str:
    if kind == "missing":
        return check.MISSING[name]
    return check.INVALID.get(name, f"Invalid {name}. {message.removeprefix('Value error, ')}.")
