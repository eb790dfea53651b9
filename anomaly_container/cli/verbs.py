"""A command that serves or runs one verb; only the module of that verb is imported."""

from __future__ import annotations

import argparse
import os
import re
import sys
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from anomaly_container.process import launch
from anomaly_container.process.services import scheme
from anomaly_container.settings.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RUN: Final = "run"
REFUSED: Final = 1
HELP: Final = frozenset({"-h", "--help"})
SETTING: Final = re.compile("[A-Za-z0-9:]+")
"""The form of the name of a setting; a file whose name begins like this is written `./a=b.csv`."""


class Verb(NamedTuple):
    """A verb of a command.

    Attributes
    ----------
    summary
        One line of the help.
    needs_licence
        True if it is metered.
    """

    summary: str
    needs_licence: bool = False


@dataclass(frozen=True)
class VerbCommand:
    """A command with verbs.

    Attributes
    ----------
    service
        The service, which has the name of the command.
    verbs
        The verbs; each is a module with `add_arguments` and `run`.
    package
        The package of these modules.
    example
        A setting, for the help.
    """

    service: str
    verbs: Mapping[str, Verb]
    package: str
    example: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the arguments of the command to its parser, for the help."""
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        width = max(map(len, self.verbs))
        named = {RUN: Verb("serve"), **self.verbs}
        lines = [f"  {name:{width}}  {verb.summary}" for name, verb in named.items()]
        parser.description = "\n".join(["Serve, which is the default, or run one verb:", *lines])
        parser.add_argument("words", nargs="*", metavar="[VERB] ... Key=Value")

    def run(self, arguments: argparse.Namespace) -> int:
        """Serve or run a verb, and return the exit code."""
        words: list[str] = list(arguments.settings)
        first = words[0] if words else ""
        if first in self.verbs:
            return self._run_verb(first, words[1:])
        if HELP & {*words}:
            parser = argparse.ArgumentParser(prog=f"anomaly-container {self.service}")
            self.add_arguments(parser)
            parser.print_help()
            return 0
        if first == RUN:
            del words[0]
        elif first.isidentifier():
            known = ", ".join([RUN, *self.verbs])
            sys.stderr.write(f"{self.service} has no verb {first}; it has {known}.\n")
            return REFUSED
        return launch.serve(words, self.service)

    def _run_verb(self, name: str, words: Sequence[str]) -> int:
        verb = self.verbs[name]
        module = import_module(f"{self.package}.{name}")
        parser = _Parser(prog=f"anomaly-container {self.service} {name}", description=module.__doc__)
        module.add_arguments(parser)
        parser.add_argument_group("settings", f"Key=Value, such as {self.example}; see docs/settings.md")
        settings, others = self._split(words)
        # The arguments first: their help needs no settings.
        arguments = parser.parse_args(others)
        try:
            loaded = launch.verb_settings(
                settings, os.environ, self.service, needs_licence=verb.needs_licence
            )
        except SettingsError as error:
            sys.stderr.writelines(f"{problem}\n" for problem in error.problems)
            return REFUSED
        exit_code: int = module.run(arguments, loaded)
        return exit_code

    def _split(self, words: Sequence[str]) -> tuple[list[str], list[str]]:
        """Return the words that are settings, and the others."""
        names = scheme(self.service).names
        settings: list[str] = []
        others: list[str] = []
        for word in words:
            name, equals, _ = word.partition("=")
            is_setting = bool(equals) and (
                SETTING.fullmatch(name) is not None or names.find(name, is_argument=True)[0] is not None
            )
            (settings if is_setting else others).append(word)
        return settings, others


class _Parser(argparse.ArgumentParser):
    """Exits with 1 for arguments it does not know: 2 means that something was found."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(REFUSED, f"{self.prog}: {message}\n")
