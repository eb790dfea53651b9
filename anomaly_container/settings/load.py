"""Loading of settings: arguments, environment, a mounted file, defaults; the first with a value wins."""

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
"""Settings of the Azure container that are accepted but ignored; a final colon means the section."""
COMMON_NAMES: Final = tuple(str(field.alias) for field in CommonSettings.model_fields.values())
"""The names of the settings that most services have."""
DEFAULT_SERVICE: Final = "anomalydetector"


@dataclass(frozen=True)
class Resolved(Generic[S]):
    """Settings and the source of each value.

    Attributes
    ----------
    settings
        The settings.
    origins
        The source of a value by the name of its setting; the other settings have their default.
    without_effect
        The names of ignored settings that were given, as written.
    """

    settings: S
    origins: Mapping[str, str]
    without_effect: Sequence[str]


class _Choice(BaseModel):
    """The settings that decide which class is loaded."""

    model_config = ConfigDict(extra="ignore", defer_build=True)

    service: Annotated[str, BeforeValidator(check.any_case)] = Field(DEFAULT_SERVICE, alias="Service")
    mounts_input: str = Field("", alias=sources.INPUT)


def service_of(
    arguments: Sequence[str],
    environ: Mapping[str, str],
    defaults: Mapping[str, object],
    known: Sequence[str],
) -> str:
    """Return the name of the service, from the same sources as its settings.

    Parameters
    ----------
    arguments, environ, defaults
        See `resolve`.
    known
        The names of all services.

    Raises
    ------
    SettingsError
        If the name is unknown.
    """
    reader = sources.Reader(Names(_Choice, [sources.CONFIG]), is_partial=True)
    given = _merged(reader, arguments, environ, defaults)
    service = str(check.any_case(given["Service"].value)) if "Service" in given else DEFAULT_SERVICE
    if service not in known:
        raise SettingsError([f"Invalid Service. It must be one of {', '.join(known)}."])
    return service


@dataclass(frozen=True)
class Scheme(Generic[S]):
    """A class of settings and its names.

    Attributes
    ----------
    settings
        The class.
    names
        The names, including ignored ones.
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
    elsewhere = (*(other for other in sections if other != section), *COMMON_NAMES)
    names = Names(settings, [sources.CONFIG], section=section, ignored=WITHOUT_EFFECT, elsewhere=elsewhere)
    return Scheme(settings, names)


COMMON: Final = scheme_of(CommonSettings)
"""The settings that every service has."""


def load(
    arguments: Sequence[str], environ: Mapping[str, str], defaults: Mapping[str, object]
) -> CommonSettings:
    """Merge the sources as `resolve` does, and return the common settings."""
    return resolve(arguments, environ, defaults, COMMON).settings


def resolve(
    arguments: Sequence[str],
    environ: Mapping[str, str],
    defaults: Mapping[str, object],
    scheme: Scheme[S],
    service: str | None = None,
) -> Resolved[S]:
    """Merge the sources, of which the first with a value wins, and validate the result.

    Parameters
    ----------
    arguments
        The command-line arguments; of a repeated name the last one counts.
    environ
        The environment variables; those that are not settings are ignored.
    defaults
        A mapping from YAML, with sections nested or written `Section:Key`. A mounted file, if there is one,
        overrides it, and the environment overrides the file.
    scheme
        The class of the settings and its names.
    service
        The service that the command names, which overrides the sources; None for theirs.

    Raises
    ------
    SettingsError
        With one sentence for each invalid argument and each missing or invalid value.
    """
    reader = sources.Reader(scheme.names)
    given = _merged(reader, arguments, environ, defaults)
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
            if (name := _name(scheme.settings, item["loc"])) not in reader.unreadable
        ]
        raise SettingsError([*reader.problems, *faults]) from None
    if reader.problems:
        raise SettingsError(reader.problems)
    origins = {name: one.origin for name, one in given.items()}
    if check.names_a_file(getattr(settings, "billing", "")):
        origins["Metering:Mode"] = origins["Billing"]
    return Resolved(settings, origins, tuple(reader.without_effect))


def _merged(
    reader: sources.Reader,
    arguments: Sequence[str],
    environ: Mapping[str, str],
    defaults: Mapping[str, object],
) -> dict[str, sources.Given]:
    base = reader.mapping(defaults, "default", "in the settings file")
    overrides = reader.contents(reader.environment(environ) | reader.arguments(arguments))
    path = sources.mounted_path(base | overrides)
    mounted = reader.mounted_file(path) if path else {}
    return (
        base
        | reader.contents({name: mounted[name] for name in mounted.keys() - overrides.keys()})
        | overrides
    )


def _name(settings: type[BaseModel], location: tuple[int | str, ...]) -> str:
    """Return the name of the setting at the location of an error."""
    # A default that is not valid beside another value has the name of its field.
    written = str(location[0])
    found = settings.model_fields.get(written)
    return str(found.alias) if found else written


def _sentence(name: str, kind: str, message: str) -> str:
    if kind == "missing":
        return check.MISSING[name]
    return check.INVALID.get(name, f"Invalid {name}. {message.removeprefix('Value error, ')}.")
