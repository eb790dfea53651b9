"""The error of a file that cannot be read."""

from __future__ import annotations


class SeriesFileError(Exception):
    """A file cannot be read as series; the message says why, and on which line if that is known.

    Parameters
    ----------
    reason
        What is wrong and what to do; it quotes no value of a series.
    line
        Counted from 1.
    option
        The option of the command line that helps, if one does.
    choices
        The values that the option can have: titles of columns, or orders of a date.
    """

    def __init__(
        self,
        reason: str,
        line: int | None = None,
        *,
        option: str | None = None,
        choices: tuple[str, ...] = (),
    ) -> None:
        super().__init__(reason if line is None else f"line {line}: {reason}")
        self.reason = reason
        self.line = line
        self.option = option
        self.choices = choices
