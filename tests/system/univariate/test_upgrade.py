"""A version takes over what an older one left, and the older one fails loudly on what this one leaves."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from anomaly_container.metering.ledger import NAME as LEDGER
from anomaly_container.metering.ledger import Ledger
from tests.support.usage_records import NAMES, NOON, amounts, files
from tests.system.layout import (
    BOOKS,
    LAYOUTS,
    REPORTED,
    UNCOLLECTED,
    UNREPORTED,
    ask,
    layout_of,
    tables,
    unpack,
)
from tests.system.metering import receiver
from tests.system.server import KEY, SECONDS_TO_START, free_port, running

if TYPE_CHECKING:
    from pathlib import Path

KEPT = sorted(path.name for path in LAYOUTS.iterdir() if path.is_dir())
LEFT = {
    "EntireDetect": REPORTED,
    "LastDetect": UNREPORTED,
    "ChangePointDetect": UNCOLLECTED,
    "DataPoints": REPORTED + UNREPORTED + UNCOLLECTED,
}


def words(output: Path, port: int) -> list[str]:
    return ["Eula=accept", f"Billing=http://127.0.0.1:{port}/", f"ApiKey={KEY}", f"Mounts:Output={output}"]


@pytest.mark.parametrize("version", KEPT)
def test_what_a_version_left_is_reported_once_by_the_one_that_follows(tmp_path: Path, version: str) -> None:
    books, output, port = tmp_path / "books", tmp_path / "output", free_port()
    unpack(LAYOUTS / version / "books", books)
    unpack(LAYOUTS / version / "container", output / "metering")
    with receiver(books, KEY, port) as endpoint:
        assert endpoint.totals() == {"EntireDetect": REPORTED, "DataPoints": REPORTED}
        with running(words(output, port), ready=False):
            deadline = time.monotonic() + SECONDS_TO_START
            while endpoint.totals() != LEFT:
                assert time.monotonic() < deadline, endpoint.totals()
                time.sleep(0.1)
        with running(words(output, port)) as server:
            ask(server.url, "entire", 1)
        added = {"EntireDetect": REPORTED + 1, "DataPoints": LEFT["DataPoints"] + 1}
        assert endpoint.totals() == {**LEFT, **added}


OF_0_1_0 = LAYOUTS / "0.1.0" / "container" / f"{LEDGER}.sql"
COLLECTS = "INSERT INTO outbox VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)"
"""How 0.1.0 makes a record."""


def test_0_1_0_collects_nothing_into_what_this_version_leaves(tmp_path: Path) -> None:
    """There is no way back, and the changelog says so.

    0.1.0 makes the tables that it misses, finds nothing that was collected, and fails at its first record,
    each time anew. So it counts nothing twice, and its counters wait for the next start of this version.
    """
    with closing(Ledger(tmp_path)) as ledger:
        ledger.collect(files({"file": (1, 2, 3, 6)}), NOON, NAMES)
    made = [line for line in OF_0_1_0.read_text().split(";\n") if line.startswith("CREATE TABLE")]
    assert len(made) == 5
    with closing(sqlite3.connect(tmp_path / LEDGER)) as database:
        for statement in made:
            database.execute(statement.replace("TABLE", "TABLE IF NOT EXISTS", 1))
        assert database.execute("SELECT * FROM watermark").fetchall() == []
        with pytest.raises(sqlite3.OperationalError, match="5 columns but 9 values") as refused:
            database.execute(COLLECTS, ("id", "start", "end", 1, 2, 3, 6, "0.1.0"))
    assert refused.value.sqlite_errorname == "SQLITE_ERROR"
    with closing(Ledger(tmp_path)) as ledger:
        assert [list(record.quantities.values()) for record in ledger.pending()] == [[1, 2, 3, 6]]
        assert ledger.owed(files({"file": (1, 2, 3, 6)})) == amounts((0, 0, 0, 0))


@pytest.mark.parametrize("version", KEPT)
def test_the_books_of_the_endpoint_are_those_that_an_older_one_reads(tmp_path: Path, version: str) -> None:
    unpack(LAYOUTS / version / "books", tmp_path / "older")
    with receiver(tmp_path / "newer", KEY):
        pass
    older, newer = (tmp_path / name / BOOKS for name in ("older", "newer"))
    assert tables(newer) == tables(older)
    assert layout_of(newer) == layout_of(older)
