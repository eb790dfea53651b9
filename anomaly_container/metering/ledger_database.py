"""The open database of a ledger: its identity, its transactions and its errors."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from anomaly_container.metering.ledger_layout import (
    NAME,
    REMOVED,
    LedgerError,
    StrangeLedgerError,
    application_id,
    check_identity,
    is_of_0_1_0,
    make_tables,
)
from anomaly_container.metering.owner import owner_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from uuid import UUID


class LedgerDatabase:
    """The database of one metering directory.

    It is created in a directory that does not belong to a container yet. Afterwards it must exist: without
    its watermarks all counts would be billed again.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        with typed():
            owner = owner_of(directory)
            path = directory / NAME
            if owner is not None and not path.exists():
                raise StrangeLedgerError(REMOVED)
            self._database = sqlite3.connect(path, isolation_level=None)
            try:
                check_identity(self._database, directory, owner)
                self._database.execute("PRAGMA journal_mode = WAL")
                self._database.execute("PRAGMA synchronous = FULL")
                make_tables(self._database)
            except (sqlite3.Error, StrangeLedgerError):
                self._database.close()
                raise

    def is_of_0_1_0(self) -> bool:
        """Return whether the ledger is as version 0.1.0 left it: neither it nor the policy names an owner."""
        with typed():
            return is_of_0_1_0(self._database, self._directory)

    def adopt(self, owner: UUID) -> None:
        """Make a container the owner of the ledger."""
        with typed():
            self._database.execute(f"PRAGMA application_id = {application_id(owner)}")

    def close(self) -> None:
        """Close the database."""
        with typed():
            self._database.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with typed():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            finally:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")


@contextmanager
def typed() -> Iterator[None]:
    """Raise an error of the database or the disk as a `LedgerError`."""
    try:
        yield
    except sqlite3.Error as error:
        raise LedgerError(getattr(error, "sqlite_errorname", type(error).__name__)) from error
    except OSError as error:
        raise LedgerError(error.strerror or type(error).__name__) from error
