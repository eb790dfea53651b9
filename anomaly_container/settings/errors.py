"""The exception for invalid settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class SettingsError(Exception):
    """The settings are not valid, and the server must not start.

    Attributes
    ----------
    problems
        One sentence for each missing or invalid value; none of them quotes a value.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(*problems)
        self.problems = tuple(problems)
