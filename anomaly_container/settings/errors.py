"""The error of settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class SettingsError(Exception):
    """The server must not start.

    Attributes
    ----------
    problems
        One sentence for each thing that is missing or wrong; none of them quotes a value.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(*problems)
        self.problems = tuple(problems)
