"""The tables of the ledger, and the numbers that identify it.

The `application_id` of the database is derived from the name of the container. The `user_version` is the
layout. This layout has one row for each file or record and meter. The layout before has a column for each of
four meters, and is converted when it is opened. A ledger of 0.1.0 has 0 for both numbers, and is adopted at
the next start.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from anomaly_container.metering.meters import wire_name
from anomaly_container.metering.policy_file import PolicyFile

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path
    from uuid import UUID

NAME: Final = "ledger.db"
LAYOUT: Final = 1
REMOVED: Final = "was removed"
EMPTY: Final = "is empty"
OTHER_LAYOUT: Final = "has the layout of another version"
NOT_A_LEDGER: Final = "is not a ledger"
FOREIGN: Final = "belongs to another container"
DAMAGED: Final = "holds a row that nobody wrote"
OLDER: Final = "is an older copy of itself"
"""The faults of the file, in words that follow its name."""

OLD_LAYOUT: Final = 0
"""The layout of 0.1.0, which has a column for each of four meters."""

TABLES: Final = (
    """CREATE TABLE IF NOT EXISTS collected (
        file TEXT NOT NULL,
        meter TEXT NOT NULL,
        taken INTEGER NOT NULL,
        PRIMARY KEY (file, meter)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS outbox (
        position INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        window_start TEXT NOT NULL,
        window_end TEXT NOT NULL,
        version TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE IF NOT EXISTS set_aside (
        position INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        window_start TEXT NOT NULL,
        window_end TEXT NOT NULL,
        version TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE IF NOT EXISTS quantity (
        record TEXT NOT NULL,
        meter TEXT NOT NULL,
        quantity INTEGER NOT NULL,
        PRIMARY KEY (record, meter)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS refusal (
        id TEXT PRIMARY KEY,
        times INTEGER NOT NULL
    ) STRICT""",
    """CREATE TABLE IF NOT EXISTS state (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 0),
        window_end TEXT,
        status TEXT NOT NULL,
        failed_attempts INTEGER NOT NULL
    ) STRICT""",
    "INSERT OR IGNORE INTO state VALUES (0, NULL, 'Unknown', 0)",
)
OLD_COLUMNS: Final = {
    wire_name("EntireDetect"): "entire_detect",
    wire_name("LastDetect"): "last_detect",
    wire_name("ChangePointDetect"): "change_point_detect",
    wire_name("DataPoints"): "data_points",
}

_NAMES: Final = {
    OLD_LAYOUT: {"watermark", "outbox", "set_aside", "refusal", "state"},
    LAYOUT: {"collected", "outbox", "set_aside", "quantity", "refusal", "state"},
}


class LedgerError(Exception):
    """The ledger cannot be read or written. Committed data is unchanged."""


class StrangeLedgerError(LedgerError):
    """The file is not the ledger that this container wrote last. Nothing is billed from it."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{NAME} {reason}")


def application_id(owner: UUID) -> int:
    """Return the number that identifies a container in a database; never 0, which means no container."""
    return 1 + zlib.crc32(owner.bytes) % (2**31 - 1)


def is_of_0_1_0(database: sqlite3.Connection, directory: Path) -> bool:
    """Return whether a database is as version 0.1.0 left it: neither it nor the policy names an owner."""
    return _number(database, "application_id") == 0 and PolicyFile.is_of_0_1_0(directory)


def check_identity(database: sqlite3.Connection, directory: Path, owner: UUID | None) -> None:
    """Check that a database is the ledger of its directory.

    Parameters
    ----------
    database
        The open database, to which nothing was written yet.
    directory
        The metering directory.
    owner
        The container that the directory belongs to. None before it belongs to one: then an empty database and
        any ledger are accepted.

    Raises
    ------
    StrangeLedgerError
        If it belongs to another container, has an unknown layout, or is not a ledger.
    """
    names = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    if owner is None and not names:
        return
    if not names:
        raise StrangeLedgerError(EMPTY)
    layout = _number(database, "user_version")
    if layout not in _NAMES:
        raise StrangeLedgerError(OTHER_LAYOUT)
    if not names >= _NAMES[layout]:
        raise StrangeLedgerError(NOT_A_LEDGER)
    is_own = owner is None or _number(database, "application_id") == application_id(owner)
    if not is_own and not is_of_0_1_0(database, directory):
        raise StrangeLedgerError(FOREIGN)


def make_tables(database: sqlite3.Connection) -> None:
    """Create the tables of this layout, or convert those of the one before, in one transaction.

    `ledger.db` and `outbox` keep their names. Version 0.1.0 then lacks the columns for its counts: each of
    its attempts fails, and nothing is counted twice.
    """
    if _number(database, "user_version") == LAYOUT:
        return
    database.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have been faster.
        if _number(database, "user_version") != LAYOUT:
            _remake(database)
        database.execute("COMMIT")
    finally:
        if database.in_transaction:
            database.execute("ROLLBACK")


def _remake(database: sqlite3.Connection) -> None:
    has_old = bool(database.execute("SELECT 1 FROM sqlite_master WHERE name = 'watermark'").fetchall())
    if has_old:
        for table in ("outbox", "set_aside"):
            database.execute(f"ALTER TABLE {table} RENAME TO old_{table}")
    for statement in TABLES:
        database.execute(statement)
    if has_old:
        _carry_over(database)
    database.execute(f"PRAGMA user_version = {LAYOUT}")


def _carry_over(database: sqlite3.Connection) -> None:
    for meter, column in OLD_COLUMNS.items():
        database.execute(f"INSERT INTO collected SELECT file, ?, {column} FROM watermark", (meter,))  # noqa: S608  # constants
        for table in ("outbox", "set_aside"):
            database.execute(f"INSERT INTO quantity SELECT id, ?, {column} FROM old_{table}", (meter,))  # noqa: S608  # as above
    for table in ("outbox", "set_aside"):
        database.execute(
            f"INSERT INTO {table} SELECT position, id, window_start, window_end, version FROM old_{table}"  # noqa: S608  # as above
        )
        database.execute(f"DROP TABLE old_{table}")
    database.execute("DROP TABLE watermark")


def _number(database: sqlite3.Connection, pragma: str) -> int:
    [(number,)] = database.execute(f"PRAGMA {pragma}")
    return int(number)
