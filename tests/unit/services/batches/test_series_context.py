"""The context of the series detector.

The smallest example: after `raw/a.csv` and `raw/b.csv` the context of the next table is `processed/a.csv` and
`processed/b.csv`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.outbound.errors import Unavailable
from anomaly_container.services.batches import series_context
from anomaly_container.services.batches.ledger import Entry
from anomaly_container.services.batches.modes import table_options
from anomaly_container.services.batches.series import LONGEST
from anomaly_container.services.batches.series_context import ScoredObject, SeriesContext, points_of
from anomaly_container.services.batches.state import State
from anomaly_container.services.batches.waiting import Item
from tests.support.batch_process import batches_settings, running, without_pauses
from tests.support.faulty_store import FaultyStore

if TYPE_CHECKING:
    from anomaly_container.services.batches.series import Points

WEEK = [10, 12, 13, 12, 11, 5, 4]


def table(values: list[int], first: int = 0) -> bytes:
    lines = [f"{first + row},{value},{row % 3}" for row, value in enumerate(values)]
    return "\n".join(["timestamp,a,b", *lines]).encode() + b"\n"


def state(*entries: Entry) -> State:
    empty = State(mode="default", columns=("a",))
    return State(mode="default", columns=("a",), ledger=empty.ledger.with_entries(entries))


def entry(key: str, etag: str = "e", *, published: bool = True) -> Entry:
    return Entry(key=key, etag=etag, attempt=f"{key.replace('/', '-')}-{etag}", published=published)


async def keys(store: FaultyStore, files: int, *entries: Entry) -> list[tuple[str, bytes]]:
    return [(one.key, one.data) for one in await SeriesContext(store, files).read(state(*entries))]


async def test_the_last_tables_are_read() -> None:
    store = FaultyStore()
    for name in "abc":
        store.shared.write(f"processed/{name}.csv", name.encode())
    entries = [entry(f"raw/{name}.csv") for name in "abc"]
    assert await keys(store, 2, *entries) == [("raw/b.csv", b"b"), ("raw/c.csv", b"c")]
    assert len(await keys(store, 5, *entries)) == 3
    assert await keys(store, 5) == []


async def test_a_table_that_is_not_published_is_read_where_it_is_staged() -> None:
    store = FaultyStore()
    store.shared.write("staging/raw-a.csv-e.csv", b"staged")
    store.shared.write("processed/a.csv", b"an older version")
    assert await keys(store, 5, entry("raw/a.csv", published=False)) == [("raw/a.csv", b"staged")]
    store.shared.objects.pop("staging/raw-a.csv-e.csv")
    assert await keys(store, 5, entry("raw/a.csv", published=False)) == [("raw/a.csv", b"an older version")]


async def test_of_the_versions_of_an_object_the_last_counts() -> None:
    store = FaultyStore()
    store.shared.write("processed/a.csv", b"second")
    assert await keys(store, 5, entry("raw/a.csv", "e1"), entry("raw/a.csv", "e2")) == [
        ("raw/a.csv", b"second")
    ]


async def test_a_table_that_is_gone_and_a_dead_letter_are_left_out() -> None:
    store = FaultyStore()
    store.shared.write("processed/b.csv", b"b")
    dead = Entry(key="raw/c.csv", etag="e", reason="ragged", published=True)
    assert await keys(store, 5, entry("raw/a.csv"), entry("raw/b.csv"), dead) == [("raw/b.csv", b"b")]


async def test_the_bytes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series_context, "MOST_BYTES", 10)
    store = FaultyStore()
    for name, size in (("a", 2), ("b", 5), ("c", 4), ("d", 4)):
        store.shared.write(f"processed/{name}.csv", b"x" * size)
    found = await keys(store, 9, *(entry(f"raw/{name}.csv") for name in "abcd"))
    assert [key for key, _ in found] == ["raw/c.csv", "raw/d.csv"]


async def test_an_outage_is_reported() -> None:
    def fails(_call: str, _key: str) -> None:
        raise Unavailable(message="away")

    with pytest.raises(Unavailable):
        await keys(FaultyStore(before=fails), 5, entry("raw/a.csv"))


def read(*tables: bytes, columns: tuple[str, ...] = ("a",)) -> Points:
    options = table_options(batches_settings())
    return points_of([ScoredObject("raw/x.csv", data) for data in tables], columns, options)


def test_points_are_in_time() -> None:
    found = read(table([1, 2], first=10), table([3, 4], first=0))
    assert found.times.tolist() == [0.0, 1.0, 10.0, 11.0]
    assert found.values[:, 0].tolist() == [3.0, 4.0, 1.0, 2.0]


def test_a_missing_column_is_a_gap() -> None:
    found = read(table([1, 2]), columns=("a", "c"))
    assert found.values[:, 0].tolist() == [1.0, 2.0]
    assert np.isnan(found.values[:, 1]).all()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"a\n1\n",
        b"timestamp,c\n1,2\n",
        b"timestamp,a\nnoon,1\n",
        b"timestamp,a\n2,1\n1,2\n",
        b"timestamp,a\n1,2,3\n",
    ],
)
def test_a_table_without_order_or_columns_is_left_out(data: bytes) -> None:
    assert read(data, table([7])).values.tolist() == [[7.0]]


def test_only_the_last_rows_are_kept() -> None:
    found = read(table(list(range(LONGEST + 500))), table([1, 2], first=100_000))
    assert found.times.size == LONGEST
    assert found.values[-3:, 0].tolist() == [LONGEST + 499, 1.0, 2.0]


async def test_the_flags_do_not_depend_on_the_grouping_of_commits(monkeypatch: pytest.MonkeyPatch) -> None:
    """One commit of four tables gives the columns of four commits."""
    without_pauses(monkeypatch)
    tables = {f"raw/{name}.csv": table(WEEK, first=7 * place) for place, name in enumerate("abcd")}
    tables["raw/e.csv"] = table([10, 40, *WEEK[2:]], first=28)
    outputs = []
    for is_grouped in (False, True):
        store = FaultyStore()
        for key, data in tables.items():
            store.shared.write(key, data)
        async with running(store, batches_settings(columns="a", detectors="zscore,series")) as process:
            items = [Item(key=key) for key in tables]
            for group in [items] if is_grouped else [[item] for item in items]:
                await process.work(group)
            committed = [one.key for one in (await process.parts.commits.current()).ledger.batches()][::-1]
        if committed == list(tables):
            outputs.append([store.shared.data(key.replace("raw/", "processed/")) for key in tables])
    assert len(outputs) >= 1
    assert all(one == outputs[0] for one in outputs)
    last = outputs[0][-1].decode().splitlines()
    assert [line.split(",")[5] for line in last] == ["a_series_flag", "False", "True", *["False"] * 5]
    assert outputs[0][0].decode().splitlines()[1].split(",")[5] == ""
