"""The steps of a batch, after each of which a crash loses nothing and doubles nothing."""

from __future__ import annotations

from enum import IntEnum


class Step(IntEnum):
    """The last step that is done."""

    ACCEPTED = 0
    READ = 1
    STAGED = 2
    COMMITTED = 3
    PUBLISHED = 4
    VIEWED = 5
    MARKED = 6
    CLEARED = 7


def nothing(_step: Step) -> None:
    """Go on: only tests stop a process after a step."""
