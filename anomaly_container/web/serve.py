"""From settings to a server: refuse with a reason, or become gunicorn."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import yaml

from anomaly_container import configuration, settings
from anomaly_container.listener import ListenError, try_to_bind
from anomaly_container.observability.disk import check_mount
from anomaly_container.observability.fluentd import receiver_of
from anomaly_container.observability.logging import line_before_the_log
from anomaly_container.web.auth import check_keys
from anomaly_container.web.tls import check_certificate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT: Final = Path(__file__).resolve().parents[2]
SETTINGS_FILE: Final = ROOT / "config" / "default.yaml"
GUNICORN_FILE: Final = ROOT / "config" / "gunicorn.conf.py"
REFUSED: Final = 1

# One worker process per processor is the design; threads inside numpy would only take turns with each other.
SINGLE_THREADED: Final = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


def load_settings(words: Sequence[str], environ: Mapping[str, str]) -> settings.Settings:
    """Return the settings from the command line, the environment, a mounted file and config/default.yaml.

    Raises
    ------
    settings.SettingsError
        When one of them is missing or wrong.
    """
    return configuration.load(words, environ, _defaults())


def resolve_settings(words: Sequence[str], environ: Mapping[str, str]) -> configuration.Resolved:
    """Return the settings for a start: with where they came from, and with what they need looked at.

    Raises
    ------
    settings.SettingsError
        When one of them is missing or wrong, or asks for a folder or a file that is not there or of no use.
    """
    resolved = configuration.resolve(words, environ, _defaults())
    check_mount(resolved.settings)
    receiver_of(resolved.settings)
    check_keys(resolved.settings)
    check_certificate(resolved.settings)
    return resolved


def serve(words: Sequence[str]) -> int:
    """Replace this process by the server; return an exit code only when it must not start."""
    try:
        resolved = resolve_settings(words, os.environ)
        try_to_bind(resolved.settings.host, resolved.settings.port)
    except settings.SettingsError as error:
        sys.stderr.writelines(f"{problem}\n" for problem in error.problems)
        return REFUSED
    except ListenError as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    for name in resolved.without_effect:
        message = f"The setting {name} is accepted and has no effect yet."
        sys.stdout.write(line_before_the_log(resolved.settings, message))
    sys.stdout.flush()
    return _become_gunicorn(resolved.settings)


def _defaults() -> dict[str, object]:
    with SETTINGS_FILE.open(encoding="utf-8") as stream:
        defaults: dict[str, object] = yaml.safe_load(stream)
    return defaults


def _become_gunicorn(chosen: settings.Settings) -> NoReturn:
    """Hand the settings on in the environment.

    Every user of the machine may read the arguments of a process, and the key may be among them; its
    environment is for its owner alone.
    """
    others = {name: value for name, value in os.environ.items() if not configuration.is_setting(name)}
    os.chdir(ROOT)  # where the package is found, installed or not
    os.execve(  # noqa: S606  # no shell is wanted
        sys.executable,
        [sys.executable, "-m", "gunicorn", "--config", str(GUNICORN_FILE)],
        SINGLE_THREADED | others | chosen.environment(),
    )
