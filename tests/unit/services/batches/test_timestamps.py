"""Timestamps of a time column.

The smallest example: `1970-01-01T00:01:00Z` is 60 seconds.
"""

from __future__ import annotations

import math

import pytest

from anomaly_container.services.batches.timestamps import seconds

NOON = 1_767_268_800.0  # 2026-01-01 12:00 UTC


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-01T12:00:00Z",
        "2026-01-01T12:00:00.000000",
        "2026-01-01 12:00",
        " 2026-01-01 12:00:00 ",
        "2026-01-01T13:00:00+01:00",
        "20260101T120000",
        "1767268800",
        "1767268800.0",
        "1767268800000",
        "1767268800000000",
    ],
)
def test_forms_of_a_time(text: str) -> None:
    assert seconds([text]).tolist() == [NOON]


def test_fractions_are_kept() -> None:
    assert seconds(["2026-01-01 12:00:00.25"]).tolist() == [NOON + 0.25]


@pytest.mark.parametrize(
    "text", ["", "noon", "inf", "nan", "1e400", "2026-13-01", "12:00", "32/01/2026", "\0"]
)
def test_what_is_not_a_time(text: str) -> None:
    [found] = seconds([text])
    assert math.isnan(found)


def test_no_times() -> None:
    assert seconds([]).shape == (0,)
