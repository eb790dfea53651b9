"""Rows of a pandas data frame, scored in the default mode; pandas itself is not imported."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from anomaly_container.detection.batches.baseline import merge, score_block
from anomaly_container.detection.batches.csv_append import Words
from anomaly_container.detection.batches.options import Options
from anomaly_container.services.batches.added_columns import added_columns, added_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from anomaly_container.detection.batches.baseline import Baseline
    from anomaly_container.detection.batches.csv_append import Column
    from anomaly_container.detection.numeric.arrays import FloatArray

BLOCK_ROWS: Final = 10_000
"""Rows of a block, as `Batches:BlockRows` has them by default."""
FLAG_ENDING: Final = "_flag"
LARGEST: Final = 1e150
"""The largest number that is not a gap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameOptions:
    """How a data frame is scored.

    Attributes
    ----------
    columns
        The names of the scored columns; empty for every column of numbers.
    detection
        The options of the default mode, for as many columns; None for its defaults.
    block_rows
        The rows of a block.
    """

    columns: tuple[str, ...] = ()
    detection: Options | None = None
    block_rows: int = BLOCK_ROWS

    @property
    def options(self) -> Options:
        """The options of the default mode for the scored columns."""
        return self.detection or Options.of(len(self.columns))

    def resolved(self, numbers: Sequence[str]) -> FrameOptions:
        """Return the same with the names of the scored columns.

        Parameters
        ----------
        numbers
            The columns of numbers.

        Raises
        ------
        ValueError
            If there is no column to score, or the options are for another number of columns.
        """
        found = replace(self, columns=self.columns or tuple(numbers))
        if not found.columns:
            message = "there is no column of numbers to score"
            raise ValueError(message)
        if found.options.columns != len(found.columns):
            message = (
                f"the options are for {found.options.columns} columns, and {len(found.columns)} are scored"
            )
            raise ValueError(message)
        return found


def score_rows(
    rows: Any,  # noqa: ANN401  # a data frame of pandas, which is not a dependency
    how: FrameOptions,
    baseline: Baseline,
    source: bytes = b"",
) -> tuple[Any, Baseline]:
    """Return a data frame with the columns that a scored file gets, and the baseline after it.

    Each block of rows is scored by what was known before it, and then learnt.

    Parameters
    ----------
    rows
        A data frame of pandas, ordered by time. Null, NaN, infinite and numbers beyond 1e150 are gaps.
    how
        The names of the columns and the options.
    baseline
        What is known of the columns; it does not change.
    source
        Identifies the rows, for the sample that a forest is grown from.
    """
    columns = how.columns
    names = added_names(columns, baseline)
    values = _numbers(rows, columns)
    added: list[list[npt.NDArray[Any]]] = [[] for _ in names]
    for first in range(0, len(values), how.block_rows):
        block = values[first : first + how.block_rows]
        scored, increment = score_block(baseline, block, how.options, source=source, first_row=first)
        baseline = merge(baseline, increment, how.options)
        for parts, name, column in zip(
            added, names, added_columns(scored, columns, [True] * len(columns)), strict=True
        ):
            parts.append(_cells(name, column, len(block)))
    cells = {
        name: np.concatenate(parts) if parts else _cells(name, None, 0)
        for name, parts in zip(names, added, strict=True)
    }
    return rows.assign(**cells), baseline


def kind_of(name: str) -> str:
    """Return what an added column holds: `boolean`, `string` or `double`, which are types of Spark too."""
    if name == "reason":
        return "string"
    return "boolean" if name == "anomaly" or name.endswith(FLAG_ENDING) else "double"


def _numbers(rows: Any, columns: Sequence[str]) -> FloatArray:  # noqa: ANN401  # as above
    values: FloatArray = np.empty((len(rows), len(columns)), order="F")
    for slot, name in enumerate(columns):
        values[:, slot] = rows[name].to_numpy(dtype=np.float64, na_value=np.nan)
    values[~(np.abs(values) <= LARGEST)] = np.nan
    return values


def _cells(name: str, column: Column, rows: int) -> npt.NDArray[Any]:
    """Return the cells of a column; those without a value are None, in a column of numbers NaN."""
    if isinstance(column, Words):
        words: npt.NDArray[Any] = np.array([word or None for word in column.words], dtype=object)[
            column.places
        ]
        return words
    if column is None:
        return np.full(rows, np.nan) if kind_of(name) == "double" else np.full(rows, None, dtype=object)
    return column.astype(object) if kind_of(name) == "boolean" else column
