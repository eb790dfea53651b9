"""The columns of a table: which of them are scored, and under which names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np

from anomaly_container.services.batches.dead_letters import DeadLetterError, Reason

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray

_SEPARATORS: Final = re.compile(r"[\s_-]+")


def folded(name: str) -> str:
    """Return a name for a comparison without case, in which spaces, hyphens and underscores are equal."""
    return _SEPARATORS.sub("_", name.strip()).casefold()


def places_of(
    names: Sequence[str], wanted: Sequence[str], renamed: Mapping[str, str]
) -> tuple[int | None, ...]:
    """Return the place in the header of each wanted column; None for one that is missing.

    Parameters
    ----------
    names
        The header. Of a name that occurs twice the first counts.
    wanted
        Our names of the columns.
    renamed
        Our names, by those in the file.
    """
    ours = [renamed.get(name, name) for name in names]
    exact = {name: place for place, name in reversed(list(enumerate(ours)))}
    alike = {folded(name): place for place, name in reversed(list(enumerate(ours)))}
    return tuple(exact.get(name, alike.get(folded(name))) for name in wanted)


def chosen_places(
    names: Sequence[str], columns: Sequence[str], renamed: Mapping[str, str], *, is_strict: bool
) -> tuple[int | None, ...]:
    """Return the place in the header of each scored column; None for one that is missing.

    Parameters
    ----------
    names
        The header.
    columns
        The scored columns.
    renamed
        Our names, by those in the file.
    is_strict
        Whether all columns are wanted.

    Raises
    ------
    DeadLetterError
        If one is missing in a strict table, or all are.
    """
    places = places_of(names, columns, renamed)
    missing = [name for name, place in zip(columns, places, strict=True) if place is None]
    if missing and is_strict:
        raise DeadLetterError(Reason.MISSING_COLUMN, column=missing[0])
    if len(missing) == len(columns):
        raise DeadLetterError(Reason.NO_COLUMNS)
    return places


def candidates(names: Sequence[str], renamed: Mapping[str, str], ignored: Collection[str]) -> dict[str, int]:
    """Return our names of the columns that could be scored, with their places in the header.

    Parameters
    ----------
    names
        The header.
    renamed
        Our names, by those in the file.
    ignored
        Names that are never scored, among them the time column.
    """
    found: dict[str, int] = {}
    skipped = {folded(name) for name in ignored}
    for place, name in enumerate(names):
        ours = renamed.get(name, name)
        if ours and folded(ours) not in skipped:
            found.setdefault(ours, place)
    return found


def numeric_names(names: Sequence[str], numbers: FloatArray, bad_cells: IntArray) -> tuple[str, ...]:
    """Return the names of the columns that have numbers and no text.

    Parameters
    ----------
    names
        Our names of the columns.
    numbers
        The cells of the first block, (rows, columns); NaN for everything that is not a number.
    bad_cells
        Cells of each column that are text, (columns,).

    Raises
    ------
    DeadLetterError
        If there are no such columns.
    """
    is_numeric = (bad_cells == 0) & np.isfinite(numbers).any(axis=0)
    chosen = tuple(name for name, is_one in zip(names, is_numeric, strict=True) if is_one)
    if not chosen:
        raise DeadLetterError(Reason.NO_COLUMNS)
    return chosen
