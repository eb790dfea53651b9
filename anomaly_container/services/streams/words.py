"""Lists in the values of settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def comma_separated(text: str | None) -> tuple[str, ...]:
    """Return the parts of a list without the white space around them; blank parts are left out."""
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def some_of(value: str, allowed: Sequence[str]) -> str:
    """Check that a list has one or more different words of those that are allowed, in any case.

    Parameters
    ----------
    value
        The words, separated by commas.
    allowed
        The words that are allowed.

    Raises
    ------
    ValueError
        If it does not.
    """
    given = [part.casefold() for part in comma_separated(value)]
    if given and set(given) <= set(allowed) and len(given) == len(set(given)):
        return ",".join(given)
    message = f"It must list one or more of {', '.join(allowed)}, separated by commas"
    raise ValueError(message)
