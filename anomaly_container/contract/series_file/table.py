"""A table of texts, whatever it was written in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from anomaly_container.contract.series_file.errors import SeriesFileError

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_COLUMNS: Final = 10_000
MAX_ROWS: Final = 2_000_000
MAX_CELLS: Final = 8_000_000
"""More are a matter for a database, and take much memory."""
TOO_LARGE: Final = f"has more than {MAX_ROWS:,} rows or {MAX_CELLS:,} values; cut it into several files"

_ABSENT: Final = frozenset(
    {"", "-", "--", "nan", "na", "n/a", "#n/a", "#na", "<na>", "nat", "null", "(null)", "none", "nil"}
)
_SAMPLE: Final = 1000
# A column number longer than this is beyond every table.
_NUMBER_DIGITS: Final = 6
_LONGEST_NAME: Final = 120


def is_absent(cell: str) -> bool:
    """Tell whether a cell says that there is nothing."""
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
        Without blanks around them.
    """

    number: int
    title: str
    cells: list[str]

    @property
    def name(self) -> str:
        """The title, or the number of a column that has none; either names it in an option."""
        return self.title or str(self.number)

    @property
    def label(self) -> str:
        """The column in a sentence."""
        return f"column {self.title!r}" if self.title else f"column {self.number}"

    @cached_property
    def present(self) -> list[str]:
        """The cells that say something."""
        return [cell for cell in self.cells if not is_absent(cell)]

    @cached_property
    def sample(self) -> list[str]:
        """As many of these, from all over the column, as it takes to tell what it holds."""
        return self.present[:: -(-len(self.present) // _SAMPLE) or 1]

    @cached_property
    def distinct(self) -> frozenset[str]:
        """The different texts it has."""
        return frozenset(self.present)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Columns of equal length.

    Attributes
    ----------
    columns
        Those that have a title or a cell with something in it.
    places
        The line of each row, or the number of each point.
    unit
        What `places` counts: ``line`` or ``point``.
    separator
        What stood between the fields, if anything did.
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
        """Return the columns of this table that have the numbers of others."""
        numbered = {column.number: column for column in self.columns}
        return tuple(numbered[column.number] for column in columns)

    def named(self, name: str, option: str) -> Column:
        """Return the column of a title, in any case if no other is alike, or of a number.

        Raises
        ------
        SeriesFileError
            If there is none.
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
    """Return the names of columns between commas, the first ones if there are many."""
    names = ", ".join(column.name for column in columns[:most])
    return names if len(columns) <= most else f"{names} and {len(columns) - most:,} more"


def table(  # noqa: PLR0913  # all that a table has
    rows: Sequence[Sequence[str]],
    titles: Sequence[str] | None,
    places: Sequence[int],
    *,
    width: int,
    unit: str = "line",
    separator: str | None = None,
) -> Table:
    """Return a table of rows; short rows lack their last cells, and columns of nothing are left out."""
    if len(rows) > MAX_ROWS or width * len(rows) > MAX_CELLS:
        raise SeriesFileError(TOO_LARGE)
    columns = []
    for index in range(width):
        title = shown(titles[index]) if titles is not None and index < len(titles) else ""
        cells = [row[index].strip() if index < len(row) else "" for row in rows]
        if title or any(cells):
            columns.append(Column(index + 1, title, cells))
    return Table(columns, places, unit, separator)


def shown(text: str) -> str:
    """Return a name without what a terminal or an encoding could take badly, and not too long."""
    return "".join(letter if letter.isprintable() else "?" for letter in text.strip()[:_LONGEST_NAME])
