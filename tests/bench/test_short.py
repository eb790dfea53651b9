"""The medians of three rounds, column by column, and the request that closes its connection."""

from __future__ import annotations

from anomaly_container.services.univariate.contract.versions import Operation
from tests.bench.short import Cost, row
from tests.bench.wire import query


def test_each_column_has_its_own_median() -> None:
    rounds = [Cost(1000.0, 3.0, 9.0), Cost(1200.0, 2.0, 8.0), Cost(900.0, 4.0, 7.0)]
    assert row(2, rounds) == "| 2 | 1000 | 3.0 | 8.0 |"


def test_the_server_is_asked_to_close() -> None:
    kept, closed = (query(Operation.LAST, b"{}", closes=closes) for closes in (False, True))
    assert closed.replace(b"Connection: close\r\n", b"") == kept
    assert b"Connection" not in kept
    assert closed.endswith(b"\r\n\r\n{}")
