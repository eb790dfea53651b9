"""New columns behind the rows of a block, whose own cells are copied as they stand.

A number is written in the shortest form that reads back as the same double, as Python and pandas write it
(`0.1`, `12.0`, `1e-05`), a gap as an empty cell, a flag as `True` or `False`. No cell begins with `=`, `+` or
`@`, which spreadsheets would run as a formula.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from anomaly_container.detection.batches import _kernels, csv_twin
from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.detection.batches.csv_block import Block

FORMULA_MARKS: Final = ("=", "+", "@")
_FLAGS: Final = (b"False", b"True")
_EMPTY: Final = ("e", None, ())


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """A column of text with few different words, such as reasons.

    Attributes
    ----------
    places : (rows,) integer
        Of each row the place of its word.
    words : sequence of str
        The different words; an empty one gives an empty cell.

    Raises
    ------
    ValueError
        If a word begins with one of `FORMULA_MARKS`.

    Examples
    --------
    >>> Words(np.array([0, 1, 1]), ["", "zscore:temperature"]).words
    ['', 'zscore:temperature']
    """

    places: npt.NDArray[np.integer[Any]]
    words: Sequence[str]

    def __post_init__(self) -> None:
        """Refuse words that begin like formulas."""
        if any(word.startswith(FORMULA_MARKS) for word in self.words):
            message = "a word begins like a formula"
            raise ValueError(message)

    @classmethod
    def of(cls, texts: Sequence[str]) -> Words:
        """Return the column with these cells.

        Parameters
        ----------
        texts : sequence of str
            One for each row.

        Returns
        -------
        Words

        Examples
        --------
        >>> column = Words.of(["joint:a", "", "joint:a"])
        >>> column.places, column.words
        (array([0, 1, 0]), ('joint:a', ''))
        """
        words = {word: place for place, word in enumerate(dict.fromkeys(texts))}
        return cls(np.array([words[text] for text in texts], dtype=np.int64), tuple(words))


Column: TypeAlias = FloatArray | npt.NDArray[np.integer[Any]] | BoolArray | Words | None
"""Numbers, integers, flags, words; None for a column of empty cells."""


def append(block: Block, columns: Sequence[Column], *, decimal_comma: bool = False) -> bytes:
    r"""Return the rows of a block with new cells behind each, separated and ended by LF.

    A row that lacks cells first gets that many empty ones, so that every row has the cells of its header.

    Parameters
    ----------
    block : Block
        From `parse_block`.
    columns : sequence of (rows,) float64, integer or bool, Words, or None
        The new columns in their order. Numbers that are not finite are gaps.
    decimal_comma : bool, optional
        Write numbers with a decimal comma, for a file that has them.

    Returns
    -------
    bytes
        `block.rows.count` lines, blank lines of the file left out.

    Raises
    ------
    ValueError
        If a column has another number of rows or a place without a word, or a decimal comma is asked for in a
        file whose separator is the comma.

    Examples
    --------
    >>> from anomaly_container.detection.batches.csv_block import parse_block
    >>> from anomaly_container.detection.batches.csv_rows import Rows
    >>> block = parse_block(Rows(b"a,1.50\r\n\r\nb\r\n", 2, 2), b",", fields=2, wanted=[1])
    >>> reason = Words(np.array([1, 0]), ["", "zscore:level"])
    >>> append(block, [np.array([0.25, np.nan]), np.array([True, False]), None, np.array([1, -1]), reason])
    b'a,1.50,0.25,True,,1,zscore:level\nb,,,False,,-1,\n'
    """
    if decimal_comma and block.separator == b",":
        message = "a decimal comma cannot stand beside a comma as the separator"
        raise ValueError(message)
    cells = tuple(_cells(column, block) for column in columns)
    write = csv_twin.append_cells if _kernels.compiled is None else _kernels.compiled.append_cells
    mark = "," if decimal_comma else "."
    written: bytes = write(block.rows.data, block.layout, block.separator[0], ord(mark), cells)
    return written


def _cells(column: Column, block: Block) -> tuple[str, npt.NDArray[Any] | None, tuple[bytes, ...]]:
    """Return a column as a kernel takes it: a letter for its kind, eight bytes a row, and its words."""
    if column is None:
        return _EMPTY
    numbers = column.places if isinstance(column, Words) else column
    if numbers.shape != (block.rows.count,):
        message = f"a column has the shape {numbers.shape} for {block.rows.count} rows"
        raise ValueError(message)
    if isinstance(column, Words):
        words = tuple(csv_twin.quoted(word, block.separator) for word in column.words)
        if numbers.size and not 0 <= numbers.min() <= numbers.max() < len(words):
            message = "a row has a place without a word"
            raise ValueError(message)
        return "w", np.ascontiguousarray(numbers, dtype=np.int64), words
    if numbers.dtype == np.bool_:
        return "w", numbers.astype(np.int64), _FLAGS
    if np.issubdtype(numbers.dtype, np.integer):
        return "i", np.ascontiguousarray(numbers, dtype=np.int64), ()
    return "f", np.ascontiguousarray(numbers, dtype=np.float64), ()
