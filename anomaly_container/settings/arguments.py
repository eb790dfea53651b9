"""Command-line arguments as names and values, in every spelling that ASP.NET accepts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PREFIXES: Final = ("--", "/")
NAME: Final = re.compile(r"-?[A-Za-z][A-Za-z0-9_:.-]*")
"""The form of the name of a setting, known or misspelt."""


class Argument(NamedTuple):
    """A name and its value; both are blank if the argument does not have this form.

    Attributes
    ----------
    position
        The number of the argument, from 1. An error reports an argument without a name by its position and
        never quotes it: it may be a secret that white space separated from its name.
    """

    position: int
    name: str = ""
    value: str = ""


def parse_arguments(arguments: Sequence[str], knows: Callable[[str], bool]) -> Iterator[Argument]:
    """Parse `Key=Value`, `--Key=Value`, `/Key=Value`, `--Key Value` and `/Key Value`.

    Parameters
    ----------
    arguments
        The command-line arguments.
    knows
        Returns whether a name is that of a setting.
    """
    rest = enumerate(arguments, start=1)
    for position, argument in rest:
        prefix = next((prefix for prefix in PREFIXES if argument.startswith(prefix)), "")
        name, equals, value = argument.removeprefix(prefix).partition("=")
        is_known = knows(name)
        if is_known and prefix and not equals:
            # The next argument is the value, whatever it looks like.
            _, following = next(rest, (0, None))
            yield Argument(position) if following is None else Argument(position, name, following)
        elif (is_known and equals) or (NAME.fullmatch(name) and value.strip("=")):
            yield Argument(position, name, value)
        else:
            yield Argument(position)
