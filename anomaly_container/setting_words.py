"""Words of the command line as names and values, in every spelling that ASP.NET reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PREFIXES: Final = ("--", "/")
NAME: Final = re.compile(r"-?[A-Za-z][A-Za-z0-9_:.-]*")
"""What can be the name of a setting, known or misspelt."""


class Word(NamedTuple):
    """A name and its value, both blank if the word has no such form.

    Attributes
    ----------
    position
        The number of the word, from 1. A word without a name is told by it and never quoted: it may be a key
        that white space cut off from its name.
    """

    position: int
    name: str = ""
    value: str = ""


def pairs(words: Sequence[str], knows: Callable[[str], bool]) -> Iterator[Word]:
    """Yield what words give: `Key=Value`, `--Key=Value`, `/Key=Value`, `--Key Value` and `/Key Value`.

    Parameters
    ----------
    words
        The words of the command line.
    knows
        Tells whether a name is that of a setting.
    """
    rest = enumerate(words, start=1)
    for position, word in rest:
        prefix = next((prefix for prefix in PREFIXES if word.startswith(prefix)), "")
        name, equals, value = word.removeprefix(prefix).partition("=")
        is_known = knows(name)
        if is_known and prefix and not equals:
            # The next word is the value, whatever it looks like.
            _, following = next(rest, (0, None))
            yield Word(position) if following is None else Word(position, name, following)
        elif (is_known and equals) or (NAME.fullmatch(name) and value.strip("=")):
            yield Word(position, name, value)
        else:
            yield Word(position)
