"""The command line: `serve`, `meter`, `check-config`, `detect` and `usage`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from anomaly_container.billing.meter import run_meter
from anomaly_container.billing.usage import show_usage
from anomaly_container.command.detect import detect
from anomaly_container.command.words import add_detect, wish_of
from anomaly_container.observability.telemetry import warnings_of
from anomaly_container.settings import SettingsError
from anomaly_container.web.serve import resolve_settings, serve

if TYPE_CHECKING:
    from collections.abc import Sequence

REFUSED = 1
HELP: Final = frozenset({"-h", "--help"})
METERING = Path("/output/metering")
"""Where a container counts unless told otherwise."""


def main(words: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code of the process.

    Parameters
    ----------
    words
        The words after the program's name; those of this process by default.
    """
    given = list(sys.argv[1:] if words is None else words)
    # These read their words themselves: `--Eula=accept` is a setting and no option.
    if not HELP & {*given}:
        match given:
            case ["serve", *settings]:
                return serve(settings)
            case ["meter", *settings]:
                return run_meter(settings)
            case ["check-config", *settings]:
                return check_config(settings)
    arguments = _parser().parse_args(given)
    if arguments.command == "usage":
        return show_usage(arguments.directory, resend=arguments.resend)
    return detect(wish_of(arguments))


def check_config(words: Sequence[str]) -> int:
    """Print what a server would run with and where each value came from, or what is wrong with it.

    Secrets are masked.
    """
    try:
        resolved = resolve_settings(words, os.environ)
    except SettingsError as error:
        sys.stderr.writelines(f"{problem}\n" for problem in error.problems)
        return REFUSED
    for name, value in resolved.settings.model_dump(by_alias=True).items():
        shown = "" if value is None else value
        sys.stdout.write(f"{name}={shown}  # {resolved.origins.get(name, 'default')}\n")
    for name in resolved.without_effect:
        sys.stdout.write(f"# {name} is accepted and has no effect yet.\n")
    for warning in warnings_of(resolved.settings):
        sys.stdout.write(f"# {warning}\n")
    return 0


class _Parser(argparse.ArgumentParser):
    """Exits with 1 for words it does not know: 2 says that something was found."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(REFUSED, f"{self.prog}: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="anomaly-container", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, summary in (
        ("serve", "start the server"),
        ("meter", "start the metering endpoint"),
        ("check-config", "print the settings the server would run with"),
    ):
        command = commands.add_parser(name, help=summary)
        command.add_argument("settings", nargs="*", metavar="Key=Value")
    command = commands.add_parser("usage", help="list the usage records that no endpoint has confirmed")
    command.add_argument(
        "directory",
        nargs="?",
        type=Path,
        default=METERING,
        metavar="DIRECTORY",
        help=f"by default {METERING}",
    )
    command.add_argument("--resend", action="store_true", help="put back first what was set aside")
    add_detect(commands.add_parser("detect", help="find anomalies or change points in files"))
    return parser
