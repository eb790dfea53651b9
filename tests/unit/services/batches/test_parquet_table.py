"""Tables of Parquet objects; `make parquet-test` runs these tests with pyarrow in an environment of its own.

The smallest example: `raw/a.parquet` has the columns `timestamp` and `a`; `processed/a.parquet` has them too,
and behind them `a_zscore` as float64, `a_zscore_flag` as bool, ..., `reason` as string and `anomaly` as bool.
"""

from __future__ import annotations

import importlib
import io
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from anomaly_container.services.batches.dead_letters import DeadLetterError, Reason
from anomaly_container.services.batches.modes import mode_of, table_options
from anomaly_container.services.batches.open_table import open_table
from anomaly_container.services.batches.parquet_table import ParquetTable, is_parquet
from anomaly_container.services.batches.processed import anomalous_rows, points
from anomaly_container.services.batches.scored import Output, Scored, Source
from anomaly_container.services.batches.waiting import Item
from tests.support.batch_process import batches_settings, running, without_pauses
from tests.support.faulty_store import FaultyStore

if TYPE_CHECKING:
    from types import ModuleType

START = 1_767_225_600  # 2026-01-01 00:00 UTC


@pytest.fixture(name="pa")
def _pa() -> ModuleType:
    pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed: `make parquet-test` has it")
    return sys.modules["pyarrow"]


def parquet(columns: dict[str, Any], **words: Any) -> bytes:  # noqa: ANN401  # as of pyarrow
    pq = importlib.import_module("pyarrow.parquet")
    file = io.BytesIO()
    pq.write_table(importlib.import_module("pyarrow").table(columns), file, **words)
    return file.getvalue()


def read(data: bytes) -> Any:  # noqa: ANN401  # a table of pyarrow
    return importlib.import_module("pyarrow.parquet").read_table(io.BytesIO(data))


def sensors(rows: int, seed: int = 1) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    values = rng.normal(20.0, 1.0, rows).round(3)
    values[rows // 2] = 60.0
    return {"timestamp": np.arange(rows) + START, "a": values, "b": rng.normal(5.0, 2.0, rows).round(3)}


def scored(data: bytes, key: str = "raw/a.parquet", **words: Any) -> tuple[bytes, Scored]:  # noqa: ANN401  # as of the settings
    settings = batches_settings(**words)
    source = Source(key, "e", lambda: [data[:100], data[100:]])
    output = Output(mode_of(settings).score(source, settings.column_names, None, keeps_increment=False))
    written = b"".join(output)
    assert output.scored is not None
    return written, output.scored


def refusal(data: bytes, **words: Any) -> tuple[str, str | None]:  # noqa: ANN401  # as above
    with pytest.raises(DeadLetterError) as caught:
        scored(data, **words)
    return caught.value.reason, caught.value.column


def test_a_key_names_parquet() -> None:
    assert is_parquet("raw/A.Parquet")
    assert not is_parquet("raw/parquet.csv")


async def test_without_pyarrow_it_is_a_dead_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    without_pauses(monkeypatch)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    store = FaultyStore()
    store.shared.write("raw/a.parquet", b"PAR1")
    async with running(store, batches_settings()) as process:
        await process.work([Item(key="raw/a.parquet")])
        [entry] = (await process.parts.commits.current()).ledger.dead_letters()
    assert entry.reason == "no_parquet"


def test_new_columns_and_their_types(pa: ModuleType) -> None:
    data, result = scored(parquet(sensors(100)))
    table = read(data)
    assert table.schema.names == [
        *("timestamp", "a", "b", "a_zscore", "a_zscore_flag", "b_zscore", "b_zscore_flag"),
        *("joint_score", "joint_flag", "severity", "reason", "anomaly"),
    ]
    number, flag = pa.float64(), pa.bool_()
    assert table.schema.types[3:] == [number, flag, number, flag, number, flag, number, pa.string(), flag]
    assert table.slice(0, 100).select([0, 1, 2]).equals(pa.table(sensors(100)))
    assert table["anomaly"].to_pylist() == [row == 50 for row in range(100)]
    assert [row for row in range(100) if table["reason"][row].as_py()] == [50]
    assert table["joint_flag"].null_count == 100
    assert (result.rows, result.anomalies, result.columns) == (100, 1, ("a", "b"))


@pytest.mark.parametrize("mode", ["default", "compat"])
def test_the_numbers_are_those_of_a_csv(pa: ModuleType, mode: str) -> None:
    del pa
    columns = sensors(2500)
    lines = [
        f"{time},{a!r},{b!r}"
        for time, a, b in zip(*(value.tolist() for value in columns.values()), strict=True)
    ]
    text = "\n".join(["timestamp,a,b", *lines, ""]).encode()
    words: dict[str, Any] = {"mode": mode, "block_rows": 1000, "columns": "a,b"}
    csv, of_csv = scored(text, "raw/a.csv", **words)
    data, of_parquet = scored(parquet(columns, row_group_size=317), **words)
    header, *rows = csv.decode().splitlines()
    table = read(data)
    assert table.schema.names == header.split(",")
    for place, name in enumerate(table.schema.names[3:], 3):
        cells = [row.split(",")[place] for row in rows]
        found = table[name].to_pylist()
        if isinstance(next((one for one in found if one is not None), ""), float):
            assert found == [float(cell) if cell else None for cell in cells]
        else:
            assert ["" if one is None else str(one) for one in found] == cells
    assert of_parquet.by_channel == of_csv.by_channel
    assert (of_parquet.first_time, of_parquet.last_time) == (of_csv.first_time, of_csv.last_time)


def test_columns_of_every_type_are_copied(pa: ModuleType) -> None:
    rows = 40
    columns = {
        "timestamp": pa.array(np.arange(rows) * 1_000_000 + START * 1_000_000, pa.timestamp("us", "UTC")),
        "level": pa.array([None, *range(rows - 1)], pa.int32()),
        "price": pa.array([Decimal(row) / 4 for row in range(rows)], pa.decimal128(10, 2)),
        "is_on": pa.array([True] * rows),
        "text": pa.array([f"no {row % 3}" for row in range(rows)]),
        "raw": pa.array([b"\xff\x00"] * rows),
        "kind": pa.array(["x", "y"] * (rows // 2)).dictionary_encode(),
        "half": pa.array(np.arange(rows, dtype=np.float16)),
        "day": pa.array([20_000] * rows, pa.date32()),
        "nothing": pa.nulls(rows),
    }
    data, result = scored(parquet(columns))
    assert result.columns == ("level", "price", "half")
    assert (result.first_time, result.last_time) == (
        "2026-01-01 00:00:00.000000Z",
        "2026-01-01 00:00:39.000000Z",
    )
    table, given = read(data), pa.table(columns)
    for name in columns:
        assert table[name].to_pylist() == given[name].to_pylist(), name


def test_what_is_not_a_number(pa: ModuleType) -> None:
    values = [1.0, float("inf"), 1e200, float("nan"), None, *range(35)]
    data = parquet({"a": pa.array(values), "b": pa.array(["1"] * 20 + [None] * 20), "c": list(range(40))})
    with open_table([data], "raw/a.parquet", table_options(batches_settings())) as table:
        [part] = table.blocks(table.places(["a", "b", "d"]))
    assert np.flatnonzero(np.isnan(part.values[:, 0])).tolist() == [1, 2, 3, 4]
    assert np.isnan(part.values[:, 1:]).all()
    assert (part.bad_cells, part.block.first_bad.tolist()) == ([0, 20, 0], [-1, 0])
    assert part.block.line(0) == 1
    assert refusal(data, mode="compat", columns="a,b") == (Reason.NOT_NUMERIC, "b")
    assert refusal(parquet({"b": ["1"] * 40, "a": values}), columns="a,b") == (Reason.NOT_NUMERIC, "b")


def test_blocks_do_not_depend_on_the_groups_of_rows(pa: ModuleType) -> None:
    del pa
    options = table_options(batches_settings(block_rows=1000))
    for groups in (333, 1000, 5000):
        data = parquet({"a": np.arange(3210), "s": [f"{row}" for row in range(3210)]}, row_group_size=groups)
        with open_table([data], "raw/a.parquet", options) as table:
            assert isinstance(table, ParquetTable)
            parts = list(table.blocks(table.places(["a"])))
        assert [part.values.shape[0] for part in parts] == [1000, 1000, 1000, 210]
        assert np.concatenate([part.values[:, 0] for part in parts]).tolist() == list(range(3210))
        assert [part.block.text(1, slice(0, 1)) for part in parts] == [["0"], ["1000"], ["2000"], ["3000"]]


def test_the_compression_is_kept(pa: ModuleType) -> None:
    del pa
    pq = importlib.import_module("pyarrow.parquet")
    for codec, name in (("zstd", "ZSTD"), ("gzip", "GZIP"), ("none", "UNCOMPRESSED"), ("snappy", "SNAPPY")):
        data, _ = scored(parquet(sensors(50), compression=codec))
        file = pq.ParquetFile(io.BytesIO(data))
        assert {file.metadata.row_group(0).column(place).compression for place in (0, 5)} == {name}


def test_objects_that_are_not_tables(pa: ModuleType) -> None:
    whole = parquet(sensors(40))
    assert refusal(b"") == (Reason.EMPTY, None)
    for data in (
        b"PAR1",
        b"timestamp,a\n1,2\n",
        whole[:-1],
        whole[100:],
        whole[:-60] + b"\xff" * 52 + whole[-8:],
    ):
        assert refusal(data) == (Reason.CORRUPT, None)
    assert refusal(parquet({"a": pa.array([], pa.float64())})) == (Reason.NO_ROWS, None)
    assert refusal(parquet({"s": ["x"] * 20})) == (Reason.NO_COLUMNS, None)
    assert refusal(parquet({"a": [1.0] * 20, "l": [[1, 2]] * 20})) == (Reason.CORRUPT, "l")
    assert refusal(parquet({"a": [1.0] * 20}), columns="b") == (Reason.NO_COLUMNS, None)
    assert refusal(parquet({"a": [1.0] * 20}), mode="compat", columns="a,b") == (Reason.MISSING_COLUMN, "b")


def test_damaged_pages_are_found(pa: ModuleType) -> None:
    """Wherever a byte is turned, the table is scored or refused with a reason."""
    del pa
    whole = parquet(sensors(60), compression="zstd", write_page_checksum=True)
    seen: set[str] = set()
    for place in range(4, len(whole), 41):
        data = bytearray(whole)
        data[place] ^= 0x55
        try:
            scored(bytes(data))
        except DeadLetterError as error:
            seen.add(error.reason)
        else:
            seen.add("scored")
    assert Reason.CORRUPT in seen
    assert seen <= {
        Reason.CORRUPT,
        Reason.TOO_BIG,
        Reason.NO_COLUMNS,
        Reason.NO_ROWS,
        Reason.TOO_MANY_COLUMNS,
        "scored",
    }


def test_limits(pa: ModuleType) -> None:
    data = parquet(sensors(200))
    assert refusal(data, max_rows=199) == (Reason.TOO_BIG, None)
    assert refusal(data, max_columns=2) == (Reason.TOO_MANY_COLUMNS, None)
    assert refusal(data, max_bytes=len(data) - 1) == (Reason.TOO_BIG, None)
    long = parquet({"a": [1.0] * 20, "s": ["x" * 1000] * 20})
    assert refusal(long, max_cell=999) == (Reason.TOO_BIG, None)
    words = pa.DictionaryArray.from_arrays(np.zeros(50_000, dtype=np.int32), ["x" * 60_000])
    repeated = parquet({"a": pa.array(np.arange(50_000.0)), "s": words})
    assert len(repeated) < 1_000_000
    assert refusal(repeated, max_bytes=1 << 30) == (Reason.TOO_BIG, None)


def test_rows_for_the_routes(pa: ModuleType) -> None:
    columns = sensors(100)
    columns["timestamp"] = pa.array(columns["timestamp"] * 1_000_000, pa.timestamp("us"))
    data, _ = scored(parquet(columns))
    [row] = anomalous_rows([data], "processed/a.parquet", 10)
    assert row["a"] == 60.0
    assert (row["anomaly"], row["reason"], row["joint_flag"]) == (True, "zscore:a", None)
    assert row["source_file"] == "processed/a.parquet"
    found = points([data], "processed/a.parquet", "a", "timestamp")
    assert found[50] == {"row": 50, "time": "2026-01-01 00:00:50.000000", "value": 60.0, "flag": True}
    assert points([data], "processed/a.parquet", "c", "timestamp") == []


async def test_from_raw_to_processed(pa: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Short and long objects, and the series detector reads them back."""
    del pa
    without_pauses(monkeypatch)
    store = FaultyStore()
    store.shared.write("raw/a.parquet", parquet(sensors(100)))
    long = sensors(120_000, seed=2)
    long["timestamp"] += 1000
    store.shared.write("raw/b.parquet", parquet(long))
    assert len(store.shared.data("raw/b.parquet")) > 1 << 20
    async with running(store, batches_settings(detectors="zscore,joint,series", columns="a")) as process:
        for name in "ab":
            await process.work([Item(key=f"raw/{name}.parquet")])
        state = await process.parts.commits.current()
    assert [entry.key for entry in state.ledger.batches()] == ["raw/b.parquet", "raw/a.parquet"]
    assert state.rows == 120_100
    table = read(store.shared.data("processed/b.parquet"))
    assert table.num_rows == 120_000
    assert table["a_series_flag"].null_count == 0
    assert table["a_series_flag"][60_000].as_py()
    assert b'"source_key":"raw/b.parquet"' in store.shared.data("processed/b_summary.json").replace(b" ", b"")
