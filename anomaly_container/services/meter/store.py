"""The records of the metering endpoint in SQLite: each stored once, and on disk before the response."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from enum import Enum, auto
from typing import TYPE_CHECKING, Final, NamedTuple, Self

if TYPE_CHECKING:
    from pathlib import Path

    from anomaly_container.metering.record_schema import Usage

SECONDS_TO_WAIT_FOR_A_LOCK: Final = 5.0
LAYOUT: Final = 1

# The primary key of `usage` has the order of the report, so a report reads its days in one pass.
TABLES: Final = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS record (id TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS usage (
    day TEXT NOT NULL, container_id TEXT NOT NULL, meter TEXT NOT NULL,
    record_id TEXT NOT NULL REFERENCES record (id),
    quantity INTEGER NOT NULL CHECK (quantity >= 0),
    PRIMARY KEY (day, container_id, meter, record_id)
) STRICT, WITHOUT ROWID;
PRAGMA user_version = {LAYOUT};
COMMIT;
"""
DAILY: Final = """
SELECT day, container_id, meter, sum(quantity) FROM usage
WHERE day BETWEEN ? AND ? GROUP BY day, container_id, meter ORDER BY day, container_id, meter
"""
FIRST_DAY: Final = "0001-01-01"
LAST_DAY: Final = "9999-12-31"


class Receipt(Enum):
    """The outcome of storing a record."""

    STORED = auto()
    REPEATED = auto()
    """The same record is stored already."""
    CONFLICT = auto()
    """Another record has its id."""


class DailyUsage(NamedTuple):
    """The usage of one meter of one container in one UTC day."""

    day: str
    container_id: str
    meter: str
    quantity: int


class UnknownLayoutError(Exception):
    """The file is a database of another version of the program."""


class ReceiverStore:
    """A store of usage records.

    Only one thread at a time may call `add`; `daily` and `check` may be called from any thread at any time.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the file, or create it if it does not exist.

        Raises
        ------
        UnknownLayoutError
            If it holds tables of another version.
        sqlite3.Error
            If it cannot be opened, or is not a database.
        """
        connection = sqlite3.connect(
            path, timeout=SECONDS_TO_WAIT_FOR_A_LOCK, isolation_level=None, check_same_thread=False
        )
        try:
            _prepare(connection)
        except BaseException:
            connection.close()
            raise
        return cls(path, connection)

    def add(self, usage: Usage) -> Receipt:
        """Store a record in one transaction, which is on disk when this returns.

        Raises
        ------
        sqlite3.Error
            If it cannot be stored; no part of it is stored then.
        """
        # The connection is a context manager: leaving the block commits or rolls back.
        with self._connection as connection:
            connection.execute("BEGIN IMMEDIATE")
            known = connection.execute("SELECT document FROM record WHERE id = ?", [usage.id]).fetchone()
            if known:
                return Receipt.REPEATED if known[0] == usage.document else Receipt.CONFLICT
            connection.execute("INSERT INTO record VALUES (?, ?)", [usage.id, usage.document])
            connection.executemany(
                "INSERT INTO usage VALUES (?, ?, ?, ?, ?)",
                (
                    (usage.day, usage.container_id, meter, usage.id, quantity)
                    for meter, quantity in usage.quantities.items()
                ),
            )
        return Receipt.STORED

    def daily(self, first: str | None = None, last: str | None = None) -> list[DailyUsage]:
        """Return the usage from the first day to the last, both included, by day, container and meter.

        Parameters
        ----------
        first, last
            UTC days as YYYY-MM-DD; None for no bound.

        Raises
        ------
        sqlite3.Error
            If the records cannot be read.
        """
        with self._reader() as connection:
            rows = connection.execute(DAILY, [first or FIRST_DAY, last or LAST_DAY])
            return [DailyUsage(*row) for row in rows]

    def check(self) -> None:
        """Check that the file can be read.

        Raises
        ------
        sqlite3.Error
            If it cannot be read.
        """
        with self._reader() as connection:
            connection.execute("SELECT 1 FROM record LIMIT 1").fetchone()

    def _reader(self) -> closing[sqlite3.Connection]:
        """Return another connection: readers and the writer do not wait for each other."""
        uri = f"{self._path.absolute().as_uri()}?mode=rw"  # a file that was removed is not created again
        return closing(sqlite3.connect(uri, uri=True, timeout=SECONDS_TO_WAIT_FOR_A_LOCK))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _prepare(connection: sqlite3.Connection) -> None:
    [layout] = connection.execute("PRAGMA user_version").fetchone()
    if layout not in {0, LAYOUT}:
        raise UnknownLayoutError
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.executescript(TABLES)
