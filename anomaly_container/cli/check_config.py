"""The command `check-config`: print the settings that a server would run with."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from anomaly_container.process.launch import resolve_settings, start_warnings
from anomaly_container.settings.errors import SettingsError
from anomaly_container.settings.names import spread

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

REFUSED: Final = 1


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument("settings", nargs="*", metavar="Key=Value")


def run(arguments: Namespace) -> int:
    """Print each setting by its full name and the source of its value, or what is wrong; mask secrets."""
    try:
        resolved = resolve_settings(arguments.settings, os.environ)
    except SettingsError as error:
        sys.stderr.writelines(f"{problem}\n" for problem in error.problems)
        return REFUSED
    for name, value in spread(resolved.settings.model_dump(by_alias=True)).items():
        text = "" if value is None else value
        sys.stdout.write(f"{name}={text}  # {resolved.origins.get(name, 'default')}\n")
    for name in resolved.without_effect:
        sys.stdout.write(f"# {name} is accepted and has no effect yet.\n")
    for warning in start_warnings(resolved.settings):
        sys.stdout.write(f"# {warning}\n")
    return 0
