"""A version takes over what another one left, and leaves what that one would read again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from anomaly_container.billing.counter_layout import OLD_SIZE, SIZE
from anomaly_container.billing.ledger import NAME as LEDGER
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


@pytest.mark.parametrize("version", KEPT)
def test_what_this_version_writes_an_older_one_would_read(tmp_path: Path, version: str) -> None:
    """Where this fails the changelog must say that there is no way back, or the change must be undone.

    Of the counters it says so: 0.1.0 takes files of another size for none of its own and leaves them where
    they are, for the next newer start to count. A clean stop leaves none.
    """
    older, newer, port = tmp_path / "older", tmp_path / "newer", free_port()
    unpack(LAYOUTS / version / "books", older / "books")
    unpack(LAYOUTS / version / "container", older / "container")
    newer.mkdir()
    with receiver(newer / "books", KEY, port), running(words(newer, port)) as server:
        ask(server.url, "entire", 1)
    for theirs, ours in (
        (older / "container" / LEDGER, newer / "metering" / LEDGER),
        (older / "books" / BOOKS, newer / "books" / BOOKS),
    ):
        assert tables(ours) == tables(theirs)
        assert layout_of(ours) == layout_of(theirs)
    [counter] = (older / "container").glob("*.counter")
    assert counter.stat().st_size == OLD_SIZE
    assert SIZE != OLD_SIZE
