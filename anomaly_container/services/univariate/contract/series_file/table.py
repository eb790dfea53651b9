"""A table of texts, independent of the format of the file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from anomaly_container.services.univariate.contract.series_file.errors import SeriesFileError

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_COLUMNS: Final = 10_000
MAX_ROWS: Final = 2_000_000
MAX_CELLS: Final = 8_000_000
"""More cells would take too much memory."""
TOO_LARGE: Final = f"has more than {MAX_ROWS:,} rows or {MAX_CELLS:,} values; cut it into several files"

_ABSENT: Final = frozenset(
    {"", "-", "--", "nan", "na", "n/a", "#n/a", "#na", "<na>", "nat", "null", "(null)", "none", "nil"}
)
_SAMPLE: Final = 1000
# A column number longer than this is beyond every table.
_NUMBER_DIGITS: Final = 6
_LONGEST_NAME: Final = 120


def is_absent(cell: str) -> bool:
    """Return whether a cell stands for an absent value."""
    return cell.lower() in _ABSENT


@dataclass(frozen=True, eq=False)
class Column:
    """One column.

    Attributes
    ----------
    number
        Counted from 1.
    title
        Empty if it has none.
    cells : (rows,) list of str
        The cells without surrounding blanks.
    """

    number: int
    title: str
    cells: list[str]

    @property
    def name(self) -> str:
        """The title, or the number of a column without one; an option takes either."""
        return self.title or str(self.number)

    @property
    def label(self) -> str:
        """The column as named in a sentence."""
        return f"column {self.title!r}" if self.title else f"column {self.number}"

    @cached_property
    def present(self) -> list[str]:
        """The cells that are not absent."""
        return [cell for cell in self.cells if not is_absent(cell)]

    @cached_property
    def sample(self) -> list[str]:
        """Some of the present cells, spread over the column, that show what it holds."""
        return self.present[:: -(-len(self.present) // _SAMPLE) or 1]

    @cached_property
    def distinct(self) -> frozenset[str]:
        """The different texts of the column."""
        return frozenset(self.present)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Columns of equal length.

    Attributes
    ----------
    columns
        The columns that have a title or a cell that is not blank.
    places
        The line of each row, or the number of each point.
    unit
        The unit of `places`: ``line`` or ``point``.
    separator
        The separator of the fields, if there is one.
    """

    columns: Sequence[Column]
    places: Sequence[int]
    unit: str = "line"
    separator: str | None = None

    def error(
        self, reason: str, row: int | None = None, *, option: str | None = None, choices: tuple[str, ...] = ()
    ) -> SeriesFileError:
        """Return the error of a row, or of the whole table."""
        if row is None or self.unit == "line":
            line = None if row is None else self.places[row]
            return SeriesFileError(reason, line, option=option, choices=choices)
        return SeriesFileError(f"{self.unit} {self.places[row]}: {reason}", option=option, choices=choices)

    def at(self, rows: Sequence[int]) -> Table:
        """Return the table of some rows."""
        if len(rows) == len(self.places):
            return self
        columns = [
            Column(column.number, column.title, [column.cells[row] for row in rows])
            for column in self.columns
        ]
        return replace(self, columns=columns, places=[self.places[row] for row in rows])

    def same(self, columns: Sequence[Column]) -> tuple[Column, ...]:
        """Return the columns of this table with the same numbers as others."""
        numbered = {column.number: column for column in self.columns}
        return tuple(numbered[column.number] for column in columns)

    def named(self, name: str, option: str) -> Column:
        """Return the column with a title, in any case if it is the only one, or with a number.

        Raises
        ------
        SeriesFileError
            If there is no such column.
        """
        wanted = name.strip()
        for alike in (
            [column for column in self.columns if column.title == wanted],
            [column for column in self.columns if column.title.lower() == wanted.lower()],
        ):
            if len(alike) == 1:
                return alike[0]
        if wanted.isascii() and wanted.isdigit() and len(wanted) <= _NUMBER_DIGITS:
            for column in self.columns:
                if column.number == int(wanted):
                    return column
        reason = f"has no column {wanted!r}; it has {listed(self.columns)}"
        raise self.error(reason, option=option, choices=tuple(column.name for column in self.columns))


def listed(columns: Sequence[Column], most: int = 20) -> str:
    """Return the names of columns separated by commas, only the first ones if there are many."""
    names = ", ".join(column.name for column in columns[:most])
    return names if len(columns) <= most else f"{names} and {len(columns) - most:,} more"


def table(  # noqa: PLR0913  # the parts of a table
    rows: Sequence[Sequence[str]],
    titles: Sequence[str] | None,
    places: Sequence[int],
    *,
    width: int,
    unit: str = "line",
    separator: str | None = None,
) -> Table:
    """Return a table of rows; short rows lack their last cells, and blank columns are left out."""
    if len(rows) > MAX_ROWS or width * len(rows) > MAX_CELLS:
        raise SeriesFileError(TOO_LARGE)
    columns = []
    for index in range(width):
        title = printable(titles[index]) if titles is not None and index < len(titles) else ""
        cells = [row[index].strip() if index < len(row) else "" for row in rows]
        if title or any(cells):
            columns.append(Column(index + 1, title, cells))
    return Table(columns, places, unit, separator)


def printable(text: str) -> str:
    """Return a name of limited length that every terminal and encoding can print."""
    return "".join(letter if letter.isprintable() else "?" for letter in text.strip()[:_LONGEST_NAME])
