"""The ledger: collected counts and the records that are not reported yet.

Only the leader writes it, except for `usage --resend`, which moves records back in one transaction.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from anomaly_container import __version__
from anomaly_container.metering.counter_files import is_abandoned, read_counter
from anomaly_container.metering.counter_layout import SUFFIX, TOTAL_SUFFIX
from anomaly_container.metering.ledger_database import LedgerDatabase, typed
from anomaly_container.metering.ledger_layout import (
    DAMAGED,
    NAME,
    OLDER,
    LedgerError,
    StrangeLedgerError,
)
from anomaly_container.metering.meters import PLACES, listed
from anomaly_container.metering.policy import ApiStatus, Standing
from anomaly_container.metering.strange import StrangeFileError, report_removed_once
from anomaly_container.metering.usage_record import Record, instant

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

__all__ = ["NAME", "Ledger", "LedgerError", "StrangeLedgerError"]

DRAINED: Final = ".drained"
"""The suffix added to the name of a file after all its counts are in records, until its watermark is gone."""

_FIELDS: Final = "id, window_start, window_end, version"


class Ledger(LedgerDatabase):
    """The outbox, the watermarks and the standing of one metering directory.

    Every method raises `LedgerError` if the disk is full or the database cannot be used, and then changes
    nothing. A ledger belongs to the thread that opened it and must not be carried across a fork.
    """

    def owed(self, counters: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
        """Return the counts that are not in a record yet, by meter."""
        watermarks = self._watermarks()
        owed: dict[str, int] = {}
        for file, counts in counters.items():
            taken = watermarks.get(file, {})
            for meter, count in counts.items():
                # After a loss of power a file may be older than its watermark: it then owes 0, not less.
                owed[meter] = owed.get(meter, 0) + max(0, count - taken.get(meter, 0))
        return owed

    def collect(
        self, counters: Mapping[str, Mapping[str, int]], now: datetime, meters: Collection[str]
    ) -> str:
        """Move the owed counts into one new record of the outbox, in one transaction.

        A window begins at the end of the one before; the first has no length. While the clock is set back,
        windows have no length and stay at the end of the last one.

        Parameters
        ----------
        counters
            The counts that `read_counters` returned.
        now
            The end of the window.
        meters
            The meters of the container's services, which the record lists.

        Returns
        -------
        str
            The id of the record. Its quantities may all be zero.
        """
        record_id = str(uuid4())
        with self._transaction() as database:
            [(last_end,)] = database.execute("SELECT window_end FROM state")
            # Both have the same width and time zone, so they sort as text.
            end = max(instant(now), last_end or "")
            database.execute(
                "INSERT INTO outbox VALUES (NULL, ?, ?, ?, ?)",
                (record_id, last_end or end, end, __version__),
            )
            database.executemany(
                "INSERT INTO quantity VALUES (?, ?, ?)",
                [(record_id, *row) for row in listed(self.owed(counters), meters).items()],
            )
            # A watermark never decreases: a count stays in its record.
            database.executemany(
                "INSERT INTO collected VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET taken = max(taken, excluded.taken)",
                [(file, *row) for file, counts in counters.items() for row in counts.items()],
            )
            database.execute("UPDATE state SET window_end = ?", (end,))
        return record_id

    def pending(self) -> list[Record]:
        """Return the records that the endpoint has not confirmed, oldest first."""
        return self._records("outbox")

    def sent(self, record_id: str) -> None:
        """Drop a record that the endpoint has confirmed."""
        with self._transaction() as database:
            database.execute("DELETE FROM outbox WHERE id = ?", (record_id,))
            database.execute("DELETE FROM quantity WHERE record = ?", (record_id,))
            database.execute("DELETE FROM refusal WHERE id = ?", (record_id,))

    def refused(self, record_id: str) -> None:
        """Count one more refusal of a record by the endpoint."""
        with self._transaction() as database:
            database.execute(
                "INSERT INTO refusal VALUES (?, 1) ON CONFLICT (id) DO UPDATE SET times = times + 1",
                (record_id,),
            )

    def refusals(self) -> dict[str, int]:
        """Return the number of refusals by record id. A record that was never refused is missing."""
        with typed():
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
        """Return the records that are set aside, in the order in which that was done."""
        return self._records("set_aside")

    def resend(self) -> int:
        """Move the records set aside to the end of the outbox, and return their number."""
        with self._transaction() as database:
            moved = database.execute(
                f"INSERT INTO outbox SELECT NULL, {_FIELDS} FROM set_aside ORDER BY position"  # noqa: S608  # as above
            ).rowcount
            database.execute("DELETE FROM set_aside")
        return moved

    def forget_drained(self) -> None:
        """Forget the files of dead workers after all their counts are collected.

        The watermark of a file that was removed by others stays: the file may come back. Totals and their
        watermarks always stay: a later process continues them.
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
        """Remove a drained file and then its watermark. In the other order it could be counted twice.

        Until both are gone, the new name of the file shows that it was drained, not removed by others.
        """
        path = self._directory / file
        marker = path.with_name(f"{file}{DRAINED}")
        with suppress(FileNotFoundError):
            path.rename(marker)
        descriptor = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)  # or a loss of power could restore the file without the watermark
        finally:
            os.close(descriptor)
        with self._transaction() as database:
            database.execute("DELETE FROM collected WHERE file = ?", (file,))
        marker.unlink(missing_ok=True)

    def removed_counters(self) -> list[str]:
        """Return the names of missing files that have a watermark."""
        return [
            file
            for file in self._watermarks()
            if file.endswith((SUFFIX, TOTAL_SUFFIX))
            and not any(os.path.lexists(self._directory / f"{file}{end}") for end in ("", DRAINED))
        ]

    def collected_until(self) -> int:
        """Return the end of the last window, in milliseconds since 1970; 0 before the first."""
        with typed():
            [(end,)] = self._database.execute("SELECT window_end FROM state")
        with _sound():
            return round(datetime.fromisoformat(end).timestamp() * 1000) if end else 0

    def check_age(self, collected_until: int) -> None:
        """Check that the ledger includes everything that was collected.

        Raises
        ------
        StrangeLedgerError
            If it ends before that time: it is an older copy of itself.
        """
        if self.collected_until() < collected_until:
            raise StrangeLedgerError(OLDER)

    def standing(self) -> Standing:
        """Return the standing that any process kept last."""
        with typed():
            [(status, failed_attempts)] = self._database.execute("SELECT status, failed_attempts FROM state")
        with _sound():
            return Standing(ApiStatus(status), failed_attempts)

    def keep(self, standing: Standing) -> None:
        """Store a standing for the next leader and the next start."""
        with self._transaction() as database:
            database.execute(
                "UPDATE state SET status = ?, failed_attempts = ?",
                (standing.status, standing.failed_attempts),
            )

    def _watermarks(self) -> dict[str, dict[str, int]]:
        with typed():
            rows = self._database.execute("SELECT file, meter, taken FROM collected").fetchall()
        return _by_first(rows)

    def _records(self, table: str) -> list[Record]:
        with typed():
            rows = self._database.execute(f"SELECT {_FIELDS} FROM {table} ORDER BY position").fetchall()  # noqa: S608  # constants
            quantities = _by_first(
                self._database.execute(
                    f"SELECT record, meter, quantity FROM quantity JOIN {table} ON id = record"  # noqa: S608  # as above
                )
            )
        with _sound():
            return [_record(row, quantities.get(row[0], {})) for row in rows]


def _by_first(rows: Iterable[tuple[str, str, int]]) -> dict[str, dict[str, int]]:
    """Group rows of three columns by the first and the second."""
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
        # In this order: the counts are final only after the file is abandoned.
        return is_abandoned(path) and all(
            count <= watermark.get(meter, 0) for meter, count in read_counter(path).items()
        )
    except StrangeFileError:
        return False
