"""What a version keeps on its volumes, as text: databases as SQL, counters in hexadecimal.

`python -m tests.system.layout` keeps that of the version at hand: layouts/README.md says when.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import tempfile
import time
import zlib
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from anomaly_container import __version__
from anomaly_container.metering.counter_header import CHECKSUM, FIELDS, WORD
from anomaly_container.metering.counter_layout import SUFFIX
from anomaly_container.metering.file_birth import place_of
from anomaly_container.metering.ledger import NAME as LEDGER
from anomaly_container.metering.owner import INSTANCE
from tests.support.payloads import daily_body
from tests.support.usage_records import LAST
from tests.system.metering import receiver
from tests.system.server import KEY, SECONDS_TO_START, free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator

LAYOUTS = Path(__file__).parent / "layouts"
BOOKS = "usage.sqlite3"
HEX = ".hex"
REPORTED = 2
UNREPORTED = 3
UNCOLLECTED = 4
"""How many calls for entire series, last points and change points, in this order."""


def unpack(kept: Path, folder: Path) -> None:
    """Make the files again that were kept."""
    folder.mkdir(parents=True)
    for path in kept.iterdir():
        made = folder / path.stem
        if path.suffix == HEX:
            made.write_bytes(bytes.fromhex(path.read_text()))
            _put_in_place(made)
        elif path.suffix == ".sql":
            with closing(sqlite3.connect(made)) as database:
                database.executescript(path.read_text())
        else:
            (folder / path.name).write_text(path.read_text())


def _put_in_place(counter: Path) -> None:
    """Write into a counter with a header that this file is it, and not a copy."""
    octets = counter.read_bytes()
    if not octets.startswith(WORD):
        return
    *fields, _inode, _birth = FIELDS.unpack_from(octets)
    size = fields[1]
    with counter.open("r+b") as file:
        header = FIELDS.pack(*fields, *place_of(file.fileno())) + octets[FIELDS.size : size - CHECKSUM.size]
        file.write(header + CHECKSUM.pack(zlib.crc32(header)))


def tables(path: Path) -> dict[str, str]:
    """How each table and index of a database was made."""
    with closing(sqlite3.connect(path)) as database:
        found = database.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return dict(found.fetchall())


def layout_of(path: Path) -> int:
    """The number that a database has for its layout."""
    with closing(sqlite3.connect(path)) as database:
        [number] = database.execute("PRAGMA user_version").fetchone()
        return int(number)


def ask(url: str, operation: str, times: int) -> None:
    """Have so many calls counted."""
    for _ in range(times):
        path = f"{url}/anomalydetector/v1.1/timeseries/{operation}/detect"
        assert requests.post(path, data=daily_body(48), timeout=30).status_code == 200


def _keep(source: Path, kept: Path) -> None:
    kept.mkdir(parents=True)
    names = [INSTANCE, LEDGER, BOOKS, *(path.name for path in source.glob(f"*{SUFFIX}"))]
    for path in (source / name for name in names if (source / name).exists()):
        if path.suffix == SUFFIX:
            (kept / f"{path.name}{HEX}").write_text(path.read_bytes().hex() + "\n")
        elif path.name == INSTANCE:
            (kept / path.name).write_text(path.read_text())
        else:
            with closing(sqlite3.connect(path)) as database:
                lines = [*_numbers(database), *database.iterdump()]
            (kept / f"{path.name}.sql").write_text("\n".join(lines) + "\n")


def _numbers(database: sqlite3.Connection) -> Iterator[str]:
    for pragma in ("user_version", "application_id"):
        [number] = database.execute(f"PRAGMA {pragma}").fetchone()
        if number or pragma == "user_version":
            yield f"PRAGMA {pragma} = {number};"


def _unreported(ledger: Path) -> int:
    with closing(sqlite3.connect(ledger)) as database:
        [count] = database.execute(
            "SELECT total(quantity) FROM quantity JOIN outbox ON id = record WHERE meter = ?", (LAST,)
        ).fetchone()
        return int(count)


def main() -> None:
    """Keep the layout of this version."""
    kept = LAYOUTS / __version__
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        output, metering = folder / "output", folder / "output" / "metering"
        output.mkdir()
        words = [
            "Eula=accept",
            f"Billing=http://127.0.0.1:{port}/",
            f"ApiKey={KEY}",
            f"Mounts:Output={output}",
        ]
        with receiver(folder / "books", KEY, port), running(words) as server:
            ask(server.url, "entire", REPORTED)
        _keep(folder / "books", kept / "books")
        with running([*words, "Metering:IntervalSeconds=3"]) as server:
            ask(server.url, "last", UNREPORTED)
            deadline = time.monotonic() + SECONDS_TO_START
            while _unreported(metering / LEDGER) < UNREPORTED:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            ask(server.url, "changepoint", UNCOLLECTED)
            pids = [server.process.pid, *server.worker_pids]
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
            server.process.communicate()
        _keep(metering, kept / "container")


if __name__ == "__main__":
    main()
