"""The command line: `serve`, `batches`, `streams`, `meter`, `check-config`, `detect` and `usage`."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

REFUSED: Final = 1
HELP: Final = frozenset({"-h", "--help"})


class Command(NamedTuple):
    """A command of the command line.

    Attributes
    ----------
    summary
        One line of the help.
    module
        The module that has `add_arguments` and `run`; only that of the given command is imported.
    reads_settings
        Whether its arguments are settings in any spelling, `--Eula=accept` for example.
    has_verbs
        Whether its first argument may be a verb, which has a help of its own.
    """

    summary: str
    module: str
    reads_settings: bool = False
    has_verbs: bool = False


COMMANDS: Final[Mapping[str, Command]] = MappingProxyType(
    {
        "serve": Command("start the server", "anomaly_container.cli.serve", reads_settings=True),
        "batches": Command(
            "start the service of batches, or run a verb of it",
            "anomaly_container.cli.batches.command",
            reads_settings=True,
            has_verbs=True,
        ),
        "streams": Command(
            "start the service of streams, or run a verb of it",
            "anomaly_container.cli.streams.command",
            reads_settings=True,
            has_verbs=True,
        ),
        "meter": Command("start the metering endpoint", "anomaly_container.cli.serve", reads_settings=True),
        "check-config": Command(
            "print the settings the server would run with",
            "anomaly_container.cli.check_config",
            reads_settings=True,
        ),
        "usage": Command(
            "list the usage records that no endpoint has confirmed", "anomaly_container.cli.usage"
        ),
        "detect": Command("find anomalies or change points in files", "anomaly_container.cli.detect.options"),
    }
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code of the process.

    Parameters
    ----------
    argv
        The arguments after the name of the program; those of this process by default.
    """
    given = list(sys.argv[1:] if argv is None else argv)
    if given and given[0] in COMMANDS:
        command = COMMANDS[given[0]]
        if command.reads_settings and (command.has_verbs or not HELP & {*given}):
            arguments = argparse.Namespace(command=given[0], settings=given[1:])
            return int(import_module(command.module).run(arguments))
    return _parse_and_run(given)


def _parse_and_run(given: Sequence[str]) -> int:
    parser = _Parser(prog="anomaly-container", description=__doc__)
    parsers = parser.add_subparsers(dest="command", required=True)
    # No option before the command takes a value, so the first name of a command is the command.
    chosen = next((argument for argument in given if argument in COMMANDS), None)
    module: Any = None
    for name, command in COMMANDS.items():
        added = parsers.add_parser(name, help=command.summary)
        if name == chosen:
            module = import_module(command.module)
            module.add_arguments(added)
    arguments = parser.parse_args(given)
    exit_code: int = module.run(arguments)
    return exit_code


class _Parser(argparse.ArgumentParser):
    """Exits with 1 for arguments it does not know: 2 means that something was found."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(REFUSED, f"{self.prog}: {message}\n")
