"""The command `batches`: serve, or run one verb; only the module of that verb is imported."""

from __future__ import annotations

import argparse
import os
import re
import sys
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from anomaly_container.process import launch
from anomaly_container.process.services import scheme
from anomaly_container.settings.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SERVICE: Final = "batches"
RUN: Final = "run"
REFUSED: Final = 1
HELP: Final = frozenset({"-h", "--help"})
SETTING: Final = re.compile("[A-Za-z0-9:]+")
"""The form of the name of a setting; a file whose name begins so is written `./a=b.csv`."""


class Verb(NamedTuple):
    """A verb of the command.

    Attributes
    ----------
    summary
        One line of the help.
    needs_licence
        Whether it is metered.
    """

    summary: str
    needs_licence: bool = False


VERBS: Final[Mapping[str, Verb]] = MappingProxyType(
    {
        "score": Verb("score files without a store"),
        "backfill": Verb("score every object of the store that is not in the ledger", needs_licence=True),
        "retry": Verb("list dead letters, or have workers try them again"),
        "recount": Verb("correct the totals by the summaries of the store"),
        "reset": Verb("begin the baseline of a channel, or of all, anew"),
        "produce": Verb("write files of sample sensors to the store"),
    }
)
"""The verbs; each is a module beside this one with `add_arguments` and `run`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser, for the help."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    width = max(map(len, VERBS))
    lines = [f"  {name:{width}}  {verb.summary}" for name, verb in {RUN: Verb("serve"), **VERBS}.items()]
    parser.description = "\n".join(["Serve, which is the default, or run one verb:", *lines])
    parser.add_argument("words", nargs="*", metavar="[VERB] ... Key=Value")


def run(arguments: argparse.Namespace) -> int:
    """Serve or run a verb, and return the exit code."""
    words: list[str] = list(arguments.settings)
    first = words[0] if words else ""
    if first in VERBS:
        return _run_verb(first, words[1:])
    if HELP & {*words}:
        parser = argparse.ArgumentParser(prog=f"anomaly-container {SERVICE}")
        add_arguments(parser)
        parser.print_help()
        return 0
    if first == RUN:
        del words[0]
    elif first.isidentifier():
        sys.stderr.write(f"{SERVICE} has no verb {first}; it has {', '.join([RUN, *VERBS])}.\n")
        return REFUSED
    return launch.serve(words, SERVICE)


def _run_verb(name: str, words: Sequence[str]) -> int:
    verb = VERBS[name]
    module = import_module(f"{__package__}.{name}")
    parser = _Parser(prog=f"anomaly-container {SERVICE} {name}", description=module.__doc__)
    module.add_arguments(parser)
    parser.add_argument_group("settings", "Key=Value, such as Url=file:///data; see docs/settings.md")
    settings, others = _split(words)
    # The arguments first: their help needs no settings.
    arguments = parser.parse_args(others)
    try:
        loaded = launch.verb_settings(settings, os.environ, SERVICE, needs_licence=verb.needs_licence)
    except SettingsError as error:
        sys.stderr.writelines(f"{problem}\n" for problem in error.problems)
        return REFUSED
    exit_code: int = module.run(arguments, loaded)
    return exit_code


def _split(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the words that are settings, and the others."""
    names = scheme(SERVICE).names
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
