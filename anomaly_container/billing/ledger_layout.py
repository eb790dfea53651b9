"""The tables of the ledger, and how it is told from another database.

It says whose it is by its `application_id`, which is made of the name of the container, and which layout it
has by its `user_version`. A ledger of 0.1.0 has 0 for both, and is taken over at the next start.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from anomaly_container.billing.policy_file import PolicyFile

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path
    from uuid import UUID

NAME: Final = "ledger.db"
LAYOUT: Final = 0
REMOVED: Final = "was removed"
EMPTY: Final = "is empty"
OTHER_LAYOUT: Final = "has the layout of another version"
NOT_A_LEDGER: Final = "is not a ledger"
FOREIGN: Final = "belongs to another container"
DAMAGED: Final = "holds a row that nobody wrote"
OLDER: Final = "is an older copy of itself"
"""What may be wrong with the file, after its name."""

TABLES: Final = """
CREATE TABLE IF NOT EXISTS watermark (
    file TEXT PRIMARY KEY,
    entire_detect INTEGER NOT NULL,
    last_detect INTEGER NOT NULL,
    change_point_detect INTEGER NOT NULL,
    data_points INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS outbox (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    window_start TEXT NOT NULL,
    window_end TEXT NOT NULL,
    entire_detect INTEGER NOT NULL,
    last_detect INTEGER NOT NULL,
    change_point_detect INTEGER NOT NULL,
    data_points INTEGER NOT NULL,
    version TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS set_aside (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    window_start TEXT NOT NULL,
    window_end TEXT NOT NULL,
    entire_detect INTEGER NOT NULL,
    last_detect INTEGER NOT NULL,
    change_point_detect INTEGER NOT NULL,
    data_points INTEGER NOT NULL,
    version TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS refusal (
    id TEXT PRIMARY KEY,
    times INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS state (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 0),
    window_end TEXT,
    status TEXT NOT NULL,
    failed_attempts INTEGER NOT NULL
) STRICT;
INSERT OR IGNORE INTO state VALUES (0, NULL, 'Unknown', 0);
"""

_NAMES: Final = {"watermark", "outbox", "set_aside", "refusal", "state"}


class LedgerError(Exception):
    """The ledger could not be read or written; what was committed before is untouched."""


class StrangeLedgerError(LedgerError):
    """The file is not the ledger that this container wrote last; nothing is billed from it."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{NAME} {reason}")


def application_id(owner: UUID) -> int:
    """Return the number that stands for a container in a database; never 0, which stands for none."""
    return 1 + zlib.crc32(owner.bytes) % (2**31 - 1)


def is_of_0_1_0(database: sqlite3.Connection, directory: Path) -> bool:
    """Tell whether a database is as version 0.1.0 left it: neither it nor the policy says whose it is."""
    return _number(database, "application_id") == 0 and PolicyFile.is_of_0_1_0(directory)


def check_identity(database: sqlite3.Connection, directory: Path, owner: UUID | None) -> None:
    """Make sure that a database is the ledger of its directory.

    Parameters
    ----------
    database
        What was opened; nothing was written to it.
    directory
        Where it lies.
    owner
        The container that the directory belongs to; None before it belongs to one, when an empty database and
        any ledger will do.

    Raises
    ------
    StrangeLedgerError
        If it is another container's, has another layout, or is not a ledger.
    """
    names = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    if owner is None and not names:
        return
    if not names:
        raise StrangeLedgerError(EMPTY)
    if _number(database, "user_version") != LAYOUT:
        raise StrangeLedgerError(OTHER_LAYOUT)
    if not names >= _NAMES:
        raise StrangeLedgerError(NOT_A_LEDGER)
    is_own = owner is None or _number(database, "application_id") == application_id(owner)
    if not is_own and not is_of_0_1_0(database, directory):
        raise StrangeLedgerError(FOREIGN)


def _number(database: sqlite3.Connection, pragma: str) -> int:
    [(number,)] = database.execute(f"PRAGMA {pragma}")
    return int(number)
