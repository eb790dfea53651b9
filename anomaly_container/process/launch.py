"""The start of the server: resolve the settings, refuse with a reason, or become gunicorn.

This process ends when gunicorn begins, so that what only a worker needs is not imported.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import yaml

from anomaly_container.process.port import ListenError, try_to_bind
from anomaly_container.process.services import scheme
from anomaly_container.services import PORTS
from anomaly_container.settings.errors import SettingsError
from anomaly_container.settings.load import Resolved, resolve, service_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from anomaly_container.settings.base import CommonSettings

ROOT: Final = Path(__file__).resolve().parents[2]
SETTINGS_FILE: Final = ROOT / "config" / "default.yaml"
GUNICORN_FILE: Final = ROOT / "config" / "gunicorn.conf.py"
REFUSED: Final = 1

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
    return _resolved(words, environ).settings


def resolve_settings(words: Sequence[str], environ: Mapping[str, str]) -> Resolved[CommonSettings]:
    """Return the settings and where each came from, after a check of the files and folders that they name.

    Raises
    ------
    SettingsError
        If a setting is missing or wrong, or names a folder or a file that cannot be used.
    """
    resolved = _resolved(words, environ)
    _check_files(resolved.settings)
    return resolved


def serve(words: Sequence[str]) -> int:
    """Replace this process by the server; return an exit code only if the server must not start."""
    try:
        resolved = resolve_settings(words, os.environ)
        try_to_bind(resolved.settings.host, resolved.settings.port)
    except SettingsError as error:
        sys.stderr.writelines(f"{problem}\n" for problem in error.problems)
        return REFUSED
    except ListenError as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    if resolved.without_effect:
        _name_without_effect(resolved)
    return _become_gunicorn(resolved.settings)


def _resolved(words: Sequence[str], environ: Mapping[str, str]) -> Resolved[CommonSettings]:
    defaults = _defaults()
    word = service_of(words, environ, defaults, tuple(PORTS))
    return resolve(words, environ, defaults, scheme(word))


@cache
def _defaults() -> Mapping[str, object]:
    with SETTINGS_FILE.open(encoding="utf-8") as stream:
        defaults: dict[str, object] = yaml.load(stream, _Loader)  # noqa: S506  # a safe loader
    return defaults


def _check_files(settings: CommonSettings) -> None:
    """Check the files and folders that the settings name, and import only the checks that are needed."""
    if settings.disk_format:
        from anomaly_container.observability.log_files import check_mount  # noqa: PLC0415  # only if it is set

        check_mount(settings)
    if settings.fluentd_host:
        from anomaly_container.observability.fluentd import receiver_of  # noqa: PLC0415  # as above

        receiver_of(settings)
    if settings.access_keys:
        from anomaly_container.web.access_keys import check_keys  # noqa: PLC0415  # as above

        check_keys(settings)
    if settings.tls_certificate:
        from anomaly_container.web.server.certificates import check_certificate  # noqa: PLC0415  # as above

        check_certificate(settings)


def _name_without_effect(resolved: Resolved[CommonSettings]) -> None:
    from anomaly_container.observability.logging import line_before_the_log  # noqa: PLC0415  # only if there are any

    for name in resolved.without_effect:
        message = f"The setting {name} is accepted and has no effect yet."
        sys.stdout.write(line_before_the_log(resolved.settings, message))
    sys.stdout.flush()


def _become_gunicorn(chosen: CommonSettings) -> NoReturn:
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
