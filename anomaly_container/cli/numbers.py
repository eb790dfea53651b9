"""Numbers of the command line, each within bounds."""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import TypeVar

N = TypeVar("N", int, float)


def number_of(text: str, kind: type[N], least: N, most: N) -> N:
    """Return the number of an argument.

    Parameters
    ----------
    text
        The argument.
    kind
        `int` or `float`.
    least, most
        The bounds, which are allowed.

    Raises
    ------
    ArgumentTypeError
        If it is not a number, or out of bounds.
    """
    try:
        number = kind(text)
    except ValueError:
        pass
    else:
        if least <= number <= most:
            return number
    which = "a whole number" if kind.__name__ == "int" else "a number"
    message = f"it must be {which} from {least:,} to {most:,}"
    raise ArgumentTypeError(message)
