"""Columns of a table by name.

The smallest example: `Wind Speed` in a file is our column `wind_speed`.
"""

from __future__ import annotations

import pytest

from anomaly_container.services.batches.columns import candidates, folded, places_of


@pytest.mark.parametrize("name", ["Wind Speed", "wind-speed", " WIND_SPEED ", "wind  -_speed"])
def test_names_that_are_alike(name: str) -> None:
    assert folded(name) == "wind_speed"
    assert places_of(["t", name], ["wind_speed"], {}) == (1,)


def test_an_exact_name_comes_before_one_that_is_alike() -> None:
    assert places_of(["A", "a"], ["a", "A"], {}) == (1, 0)


def test_the_first_of_a_repeated_name_counts() -> None:
    assert places_of(["a", "b", "a", "B"], ["a", "b"], {}) == (0, 1)
    assert candidates(["a", "b", "a"], {}, []) == {"a": 0, "b": 1}


def test_a_missing_column_has_no_place() -> None:
    assert places_of(["a"], ["b", "a"], {}) == (None, 0)


def test_renamed_columns() -> None:
    assert places_of(["temp", "b"], ["temperature", "b"], {"temp": "temperature"}) == (0, 1)
    assert candidates(["temp", "b"], {"temp": "temperature"}, []) == {"temperature": 0, "b": 1}


def test_candidates_leave_out_what_is_ignored_and_what_has_no_name() -> None:
    assert candidates(["Time Stamp", "", "a", "ID"], {}, ["time_stamp", "id"]) == {"a": 2}
