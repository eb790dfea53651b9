"""Outliers and changes of alarms as texts.

The smallest example: a response time of 30,000 with the share 0.97 is
`response_time 97% high 30,000 (usual 64)`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from anomaly_container.cli.streams.texts import change, clock, columns, reasons
from anomaly_container.services.streams.notices import Change, State
from anomaly_container.services.streams.results import Reason
from tests.support.stream_results import result

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([Reason("response_time", 0.97, "high", 30_000.0, 64.0)], "response_time 97% high 30,000 (usual 64)"),
        (
            [Reason("path", 0.6, "low", "/admin", "/"), Reason("level", 0.4, "high", None, None)],
            "path 60% low /admin (usual /), level 40% high",
        ),
        ([Reason("size", 0.5, "high", 0.123456789, None)], "size 50% high 0.12346"),
        ([], ""),
    ],
)
def test_reasons(given: Sequence[Reason], expected: str) -> None:
    assert reasons(replace(result(1, 0.0), reasons=tuple(given))) == expected


def test_a_change() -> None:
    one = Change("slow", 1, 1_767_225_600.5, State.OK, State.ALARM, 6)
    assert change(one) == "2026-01-01 00:00:00  slow: OK -> ALARM, 6 anomalies in the window"
    end = Change("slow", 2, 1_767_225_660.0, State.ALARM, State.OK, 1)
    assert change(end).endswith("ALARM -> OK, 1 anomaly in the window")


def test_a_time_is_to_the_second() -> None:
    assert clock(1_767_225_600.999) == "2026-01-01 00:00:00"


def test_cells_of_a_column_are_below_each_other() -> None:
    assert columns([("kind", "n"), ("a", "10"), ("bb", "")]) == ["kind  n", "a     10", "bb"]
    assert columns([]) == []
