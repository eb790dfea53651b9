"""The start of the server: resolve the settings, refuse with a reason, or become gunicorn.

This process ends when gunicorn begins, so that what only a worker needs is not imported.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import yaml

from anomaly_container.process.port import ListenError, try_to_bind
from anomaly_container.process.services import scheme
from anomaly_container.services import ALONE, PORTS
from anomaly_container.settings.errors import SettingsError
from anomaly_container.settings.load import Resolved, resolve, service_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from anomaly_container.settings.base import CommonSettings, ShellSettings

ROOT: Final = Path(__file__).resolve().parents[2]
SETTINGS_FILE: Final = ROOT / "config" / "default.yaml"
GUNICORN_FILE: Final = ROOT / "config" / "gunicorn.conf.py"
REFUSED: Final = 1
COMMANDS: Final = frozenset({"batches", "check-config", "detect", "meter", "serve", "streams", "usage"})
"""The commands of the command line, by which the entry point knows that its first word is one."""

# Each worker has one processor: the threads of a numerical library would only compete for it.
SINGLE_THREADED: Final = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}

# The parser in C, if the library has it: it reads the defaults ten times faster.
_Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_settings(words: Sequence[str], environ: Mapping[str, str]) -> CommonSettings:
    """Return the settings from the command line, the environment, a mounted file and config/default.yaml.

    Raises
    ------
    SettingsError
        If one of them is missing or wrong.
    """
    settings: CommonSettings = _resolved(words, environ, None).settings
    return settings


def verb_settings(
    words: Sequence[str], environ: Mapping[str, str], service: str, *, needs_licence: bool
) -> Any:  # noqa: ANN401  # the class of the service, which this module does not know
    """Return the settings for one verb of a service, such as `batches score`.

    Parameters
    ----------
    words, environ
        The words of the command line that are settings, and the environment variables.
    service
        The service.
    needs_licence
        Whether the verb is metered, so that `Eula`, `Billing` and `ApiKey` must be given.

    Raises
    ------
    SettingsError
        If one of them is missing or wrong.
    """
    return resolve(
        words, environ, _defaults(), scheme(service, needs_licence=needs_licence), service
    ).settings


def resolve_settings(
    words: Sequence[str], environ: Mapping[str, str], service: str | None = None
) -> Resolved[ShellSettings]:
    """Return the settings and where each came from, after a check of the files and folders that they name.

    Parameters
    ----------
    words, environ
        The words of the command line and the environment variables.
    service
        The service that the command names; None for the one that the setting `Service` names.

    Raises
    ------
    SettingsError
        If a setting is missing or wrong, or names a folder or a file that cannot be used.
    """
    resolved = _resolved(words, environ, service)
    if missing := resolved.settings.missing_for_run():
        raise SettingsError(missing)
    _check_files(resolved.settings)
    return resolved


def start_warnings(settings: ShellSettings) -> list[str]:
    """Return a sentence for each thing that the settings ask for and that is left out."""
    from anomaly_container.observability.tracing import warnings_of  # noqa: PLC0415  # no start needs it here

    return warnings_of(settings)


def serve(words: Sequence[str], service: str | None = None) -> int:
    """Replace this process by the server, or serve in it; return an exit code if it does not become gunicorn.

    Parameters
    ----------
    words
        The words of the command line.
    service
        The service that the command names; None for the one that the setting `Service` names.
    """
    try:
        resolved = resolve_settings(words, os.environ, service)
        if resolved.settings.service not in ALONE:  # which binds the port itself
            try_to_bind(resolved.settings.host, resolved.settings.port)
    except SettingsError as error:
        sys.stderr.writelines(f"{problem}\n" for problem in error.problems)
        return REFUSED
    except ListenError as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    if resolved.without_effect:
        _name_without_effect(resolved)
    if resolved.settings.service in ALONE:
        return _run_alone(resolved.settings)
    return _become_gunicorn(resolved.settings)


def _resolved(words: Sequence[str], environ: Mapping[str, str], service: str | None) -> Resolved[Any]:
    defaults = _defaults()
    word = service or service_of(words, environ, defaults, tuple(PORTS))
    return resolve(words, environ, defaults, scheme(word), service)


@cache
def _defaults() -> Mapping[str, object]:
    with SETTINGS_FILE.open(encoding="utf-8") as stream:
        defaults: dict[str, object] = yaml.load(stream, _Loader)  # noqa: S506  # a safe loader
    return defaults


def _check_files(settings: ShellSettings) -> None:
    """Check the files and folders that the settings name, and import only the checks that are needed."""
    if settings.disk_format:
        from anomaly_container.observability.log_files import check_mount  # noqa: PLC0415  # only if it is set

        check_mount(settings)
    if settings.fluentd_host:
        from anomaly_container.observability.fluentd import receiver_of  # noqa: PLC0415  # as above

        receiver_of(settings)
    if settings.access_keys:
        from anomaly_container.web.access_keys import check_access_keys  # noqa: PLC0415  # as above

        check_access_keys(settings)
    if settings.tls_certificate:
        from anomaly_container.web.server.certificates import check_certificate  # noqa: PLC0415  # as above

        check_certificate(settings)


def _name_without_effect(resolved: Resolved[ShellSettings]) -> None:
    from anomaly_container.observability.logging import line_before_logging  # noqa: PLC0415  # only if there are any

    for name in resolved.without_effect:
        message = f"The setting {name} is accepted and has no effect yet."
        sys.stdout.write(line_before_logging(resolved.settings, message))
    sys.stdout.flush()


def _run_alone(chosen: ShellSettings) -> int:
    from anomaly_container.observability.metrics_directory import FOLDER_VARIABLE  # noqa: PLC0415  # as above

    # One process has nothing to sum up, and the folder of another server is not its own.
    os.environ.pop(FOLDER_VARIABLE, None)
    # The way to gunicorn loads no server.
    exit_code: int = import_module("anomaly_container.process.alone").run(chosen)
    return exit_code


def _become_gunicorn(chosen: ShellSettings) -> NoReturn:
    """Replace this process by gunicorn, with the settings in the environment.

    Every user of the machine can read the arguments of a process, and the key may be among the settings; only
    the owner can read the environment.
    """
    names = scheme(chosen.service).names
    others = {name: value for name, value in os.environ.items() if names.find(name)[0] is None}
    os.chdir(ROOT)  # the package is found here, installed or not
    os.execve(  # noqa: S606  # no shell is wanted
        sys.executable,
        [sys.executable, "-m", "gunicorn", "--config", str(GUNICORN_FILE)],
        SINGLE_THREADED | others | chosen.environment(),
    )
