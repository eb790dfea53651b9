"""What has been counted, collected and not yet reported: one small database.

The leader alone writes it, but for `usage --resend`, which moves records back in one transaction.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from anomaly_container import __version__
from anomaly_container.metering.counter_files import is_abandoned, read_counter
from anomaly_container.metering.counter_layout import SUFFIX, TOTAL_SUFFIX
from anomaly_container.metering.ledger_layout import (
    DAMAGED,
    NAME,
    OLDER,
    REMOVED,
    LedgerError,
    StrangeLedgerError,
    application_id,
    check_identity,
    is_of_0_1_0,
    make_tables,
)
from anomaly_container.metering.meters import PLACES, listed
from anomaly_container.metering.owner import owner_of
from anomaly_container.metering.policy import ApiStatus, Standing
from anomaly_container.metering.strange import StrangeFileError, report_removed_once
from anomaly_container.metering.usage_record import Record, instant

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path
    from uuid import UUID

__all__ = ["NAME", "Ledger", "LedgerError", "StrangeLedgerError"]

DRAINED: Final = ".drained"
"""What is added to the name of a file whose counts are all in records, until its watermark is gone."""

_FIELDS: Final = "id, window_start, window_end, version"


class Ledger:
    """The outbox, the watermarks and the standing of one metering directory.

    It is made in a directory that belongs to no container yet; later it must be there. Without its watermarks
    all counts would be billed once more.

    Every method raises `LedgerError` when the disk is full or the database cannot be used, and then has
    changed nothing. A ledger belongs to the thread that opened it and must not be carried across a fork.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        with _typed():
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
        """Tell whether the ledger is as version 0.1.0 left it: neither it nor the policy says whose it is."""
        with _typed():
            return is_of_0_1_0(self._database, self._directory)

    def adopt(self, owner: UUID) -> None:
        """Write down whose ledger this is."""
        with _typed():
            self._database.execute(f"PRAGMA application_id = {application_id(owner)}")

    def close(self) -> None:
        """Close the database."""
        with _typed():
            self._database.close()

    def owed(self, counters: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
        """Return by meter what was counted and is in no record yet."""
        watermarks = self._watermarks()
        owed: dict[str, int] = {}
        for file, counts in counters.items():
            taken = watermarks.get(file, {})
            for meter, count in counts.items():
                # After a loss of power a file may be older than its watermark: it owes nothing, not less.
                owed[meter] = owed.get(meter, 0) + max(0, count - taken.get(meter, 0))
        return owed

    def collect(
        self, counters: Mapping[str, Mapping[str, int]], now: datetime, meters: Collection[str]
    ) -> str:
        """Move what is owed into one new record of the outbox, all at once or not at all.

        A window begins where the one before ended, and the first where it ends. While the clock is set back,
        windows are empty and stay at the end of the last one.

        Parameters
        ----------
        counters
            What `read_counters` returned.
        now
            The end of the window.
        meters
            Those of the container's services, which the record lists.

        Returns
        -------
        str
            The id of the record, whose quantities may all be zero.
        """
        record_id = str(uuid4())
        with self._transaction() as database:
            [(last_end,)] = database.execute("SELECT window_end FROM state")
            # Both are of one width in one time zone: they sort as text.
            end = max(instant(now), last_end or "")
            database.execute(
                "INSERT INTO outbox VALUES (NULL, ?, ?, ?, ?)",
                (record_id, last_end or end, end, __version__),
            )
            database.executemany(
                "INSERT INTO quantity VALUES (?, ?, ?)",
                [(record_id, *row) for row in listed(self.owed(counters), meters).items()],
            )
            # A watermark never sinks: what is in a record stays there.
            database.executemany(
                "INSERT INTO collected VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET taken = max(taken, excluded.taken)",
                [(file, *row) for file, counts in counters.items() for row in counts.items()],
            )
            database.execute("UPDATE state SET window_end = ?", (end,))
        return record_id

    def pending(self) -> list[Record]:
        """Return the records that no endpoint has confirmed, oldest first."""
        return self._records("outbox")

    def sent(self, record_id: str) -> None:
        """Drop a record that the endpoint has confirmed."""
        with self._transaction() as database:
            database.execute("DELETE FROM outbox WHERE id = ?", (record_id,))
            database.execute("DELETE FROM quantity WHERE record = ?", (record_id,))
            database.execute("DELETE FROM refusal WHERE id = ?", (record_id,))

    def refused(self, record_id: str) -> None:
        """Note that the endpoint refused a record once more."""
        with self._transaction() as database:
            database.execute(
                "INSERT INTO refusal VALUES (?, 1) ON CONFLICT (id) DO UPDATE SET times = times + 1",
                (record_id,),
            )

    def refusals(self) -> dict[str, int]:
        """Return by id how often the endpoint refused the records of the outbox; the others never."""
        with _typed():
            return dict(self._database.execute("SELECT id, times FROM refusal"))

    def set_aside(self, record_id: str) -> None:
        """Take a record out of the outbox and keep it until `resend`."""
        with self._transaction() as database:
            database.execute(
                f"INSERT INTO set_aside SELECT NULL, {_FIELDS} FROM outbox WHERE id = ?",  # noqa: S608  # constants
                (record_id,),
            )
            database.execute("DELETE FROM outbox WHERE id = ?", (record_id,))
            database.execute("DELETE FROM refusal WHERE id = ?", (record_id,))

    def aside(self) -> list[Record]:
        """Return the records that are set aside, in the order in which they were."""
        return self._records("set_aside")

    def resend(self) -> int:
        """Put what is set aside back at the end of the outbox, and return how many records that were."""
        with self._transaction() as database:
            moved = database.execute(
                f"INSERT INTO outbox SELECT NULL, {_FIELDS} FROM set_aside ORDER BY position"  # noqa: S608  # as above
            ).rowcount
            database.execute("DELETE FROM set_aside")
        return moved

    def forget_drained(self) -> None:
        """Forget the file of every worker that is dead and whose counts are all collected.

        The watermark of a file that somebody else removed stays: the file may come back. That of totals
        always stays, and so does their file: a later process goes on with them.
        """
        for marker in self._directory.glob(f"*{SUFFIX}{DRAINED}"):
            self.forget(marker.name.removesuffix(DRAINED))
        for file, watermark in self._watermarks().items():
            path = self._directory / file
            if not os.path.lexists(path):
                report_removed_once(path)
            elif path.suffix != TOTAL_SUFFIX and _is_drained(path, watermark):
                self.forget(file)

    def forget(self, file: str) -> None:
        """Remove a drained file for good, and its watermark; the other order would count it twice.

        Until both are gone its new name tells that it was drained, and not removed by somebody else.
        """
        path = self._directory / file
        marker = path.with_name(f"{file}{DRAINED}")
        with suppress(FileNotFoundError):
            path.rename(marker)
        descriptor = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)  # or a loss of power could bring the file back and not the watermark
        finally:
            os.close(descriptor)
        with self._transaction() as database:
            database.execute("DELETE FROM collected WHERE file = ?", (file,))
        marker.unlink(missing_ok=True)

    def removed_counters(self) -> list[str]:
        """Return the names of the files that have a watermark and are not there."""
        return [
            file
            for file in self._watermarks()
            if file.endswith((SUFFIX, TOTAL_SUFFIX))
            and not any(os.path.lexists(self._directory / f"{file}{end}") for end in ("", DRAINED))
        ]

    def collected_until(self) -> int:
        """Return when the last window ended, in milliseconds since 1970; 0 before the first."""
        with _typed():
            [(end,)] = self._database.execute("SELECT window_end FROM state")
        with _sound():
            return round(datetime.fromisoformat(end).timestamp() * 1000) if end else 0

    def check_age(self, collected_until: int) -> None:
        """Make sure that the ledger knows of all that was collected.

        Raises
        ------
        StrangeLedgerError
            If it ends before that time: it is a copy of what it was earlier.
        """
        if self.collected_until() < collected_until:
            raise StrangeLedgerError(OLDER)

    def standing(self) -> Standing:
        """Return the standing kept last, by whatever process."""
        with _typed():
            [(status, failed_attempts)] = self._database.execute("SELECT status, failed_attempts FROM state")
        with _sound():
            return Standing(ApiStatus(status), failed_attempts)

    def keep(self, standing: Standing) -> None:
        """Keep a standing for the next leader and the next start."""
        with self._transaction() as database:
            database.execute(
                "UPDATE state SET status = ?, failed_attempts = ?",
                (standing.status, standing.failed_attempts),
            )

    def _watermarks(self) -> dict[str, dict[str, int]]:
        with _typed():
            rows = self._database.execute("SELECT file, meter, taken FROM collected").fetchall()
        return _by_first(rows)

    def _records(self, table: str) -> list[Record]:
        with _typed():
            rows = self._database.execute(f"SELECT {_FIELDS} FROM {table} ORDER BY position").fetchall()  # noqa: S608  # constants
            quantities = _by_first(
                self._database.execute(
                    f"SELECT record, meter, quantity FROM quantity JOIN {table} ON id = record"  # noqa: S608  # as above
                )
            )
        with _sound():
            return [_record(row, quantities.get(row[0], {})) for row in rows]

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with _typed():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            finally:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")


def _by_first(rows: Iterable[tuple[str, str, int]]) -> dict[str, dict[str, int]]:
    """Return rows of three columns by the first and the second."""
    found: dict[str, dict[str, int]] = {}
    for first, second, number in rows:
        found.setdefault(first, {})[second] = number
    return found


def _record(row: tuple[str, str, str, str], quantities: Mapping[str, int]) -> Record:
    record_id, start, end, version = row
    in_order = dict(sorted(quantities.items(), key=lambda row: PLACES.get(row[0], len(PLACES))))
    return Record(record_id, datetime.fromisoformat(start), datetime.fromisoformat(end), in_order, version)


@contextmanager
def _sound() -> Iterator[None]:
    try:
        yield
    except ValueError:
        raise StrangeLedgerError(DAMAGED) from None


def _is_drained(path: Path, watermark: Mapping[str, int]) -> bool:
    try:
        # In this order: once it is abandoned its counts are final.
        return is_abandoned(path) and all(
            count <= watermark.get(meter, 0) for meter, count in read_counter(path).items()
        )
    except StrangeFileError:
        return False


@contextmanager
def _typed() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise LedgerError(getattr(error, "sqlite_errorname", type(error).__name__)) from error
    except OSError as error:
        raise LedgerError(error.strerror or type(error).__name__) from error
