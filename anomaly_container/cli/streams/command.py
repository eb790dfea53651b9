"""The command `streams`."""

from __future__ import annotations

import argparse
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from anomaly_container.cli.verbs import Verb, VerbCommand

if TYPE_CHECKING:
    from collections.abc import Mapping

VERBS: Final[Mapping[str, Verb]] = MappingProxyType(
    {
        "replay": Verb("score a file, a topic to its present end, or the sample"),
        "train": Verb("fit a model, and write its file"),
        "compare": Verb("compare the kinds of models on the same events"),
        "report": Verb("print the report of one hour"),
        "produce": Verb("append events of the sample to a file"),
    }
)
"""The verbs; each is a module beside this one with `add_arguments` and `run`."""
COMMAND: Final = VerbCommand("streams", VERBS, __package__, example="Model=FILE")
MODEL: Final = frozenset({"model", "streams:model", "streams__model"})
add_arguments = COMMAND.add_arguments


def run(arguments: argparse.Namespace) -> int:
    """Serve or run a verb, and return the exit code."""
    words: list[str] = list(arguments.settings)
    if words and words[0] in VERBS:
        words = [_from_here(word) for word in words]
    return COMMAND.run(argparse.Namespace(settings=words))


def _from_here(word: str) -> str:
    """Return a setting of a model file with the whole path: a verb runs in the folder of its user."""
    name, equals, path = word.partition("=")
    is_relative = equals and path and name.casefold() in MODEL
    return f"{name}={Path(path).absolute()}" if is_relative else word
