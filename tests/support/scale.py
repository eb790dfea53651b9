"""How large a test is that kills, soaks or streams: short by default, full with `SCALE=full`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
VARIABLE = "SCALE"
FULL, SHORT = "full", "short"


@dataclass(frozen=True)
class Scale:
    """The form of this run; both forms run the same lines."""

    is_full: bool

    def of(self, short: T, full: T) -> T:
        """Return a count or a time for this form."""
        return full if self.is_full else short

    @property
    def name(self) -> str:
        """Return the word for it, for what a test shows."""
        return FULL if self.is_full else SHORT


def scale_of_this_run() -> Scale:
    """Return the form that the environment asks for; a word that is not known is an error."""
    word = os.environ.get(VARIABLE) or SHORT
    assert word in {FULL, SHORT}, f"{VARIABLE} must be {FULL} or {SHORT}"
    return Scale(word == FULL)
