"""The scored columns of one block, whatever its object is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray


class SourceBlock(Protocol):
    """The rows of a block as they stand in their object."""

    @property
    def first_bad(self) -> IntArray:
        """The row of the first bad cell of each wanted column; -1 if every cell is a number or a gap."""

    def text(self, field: int, rows: slice = ...) -> list[str]:
        """Return the text of a column."""

    def line(self, row: int) -> int:
        """Return the number that tells a reader where a row is."""


@dataclass(frozen=True, slots=True)
class Scorable:
    """The scored columns of one block.

    Attributes
    ----------
    block
        The block.
    values
        The scored columns in the order of the channels, (rows, C); NaN for gaps and missing columns.
    bad_cells
        Cells of each channel that are text, (C,).
    """

    block: SourceBlock
    values: FloatArray
    bad_cells: Sequence[int]


def spread(
    places: Sequence[int | None], numbers: FloatArray, bad_cells: IntArray
) -> tuple[FloatArray, list[int]]:
    """Return numbers and counts of the columns that are there with gaps and zeros for the missing ones.

    Parameters
    ----------
    places
        The places of all scored columns; None for one that is missing.
    numbers
        The columns that are there, (rows, columns) float64.
    bad_cells
        Counts of them, (columns,) int64.
    """
    slots = [slot for slot, place in enumerate(places) if place is not None]
    if len(slots) == len(places):
        return numbers, bad_cells.tolist()
    values = np.full((numbers.shape[0], len(places)), np.nan)
    values[:, slots] = numbers
    counts = np.zeros(len(places), dtype=np.int64)
    counts[slots] = bad_cells
    return values, counts.tolist()
