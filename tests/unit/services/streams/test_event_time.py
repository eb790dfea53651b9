"""Times in the ways in which they are written.

The smallest example: 1767225600 and "2026-01-01T00:00:00Z" are the same time.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime
from math import inf, isnan

import numpy as np
import pytest

from anomaly_container.services.streams.event_time import TimeReader
from anomaly_container.services.streams.zones import Zone

NEW_YEAR = 1767225600.0
READER = TimeReader(Zone("UTC"))


@pytest.mark.parametrize(
    "written",
    [
        1767225600,
        1767225600.0,
        1767225600000,
        1767225600000000,
        1767225600000000000,
        "1767225600",
        " 1767225600000 ",
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00",
        "2026-01-01 00:00:00",
        "2026-01-01",
        "2026-01-01T02:00:00+02:00",
        "2026-01-01T00:00:00.000000Z",
        "01/Jan/2026:00:00:00 +0000",
        "31/Dec/2025:16:00:00 -0800",
        datetime(2026, 1, 1, tzinfo=UTC),
    ],
)
def test_the_same_time(written: object) -> None:
    assert READER.one(written) == NEW_YEAR
    assert READER.column([written]).tolist() == [NEW_YEAR]
    assert READER.column([written, None])[0] == NEW_YEAR


@pytest.mark.parametrize("absent", [None, True, False])
def test_what_is_not_there(absent: object) -> None:
    assert isnan(READER.one(absent))


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "yesterday",
        "now",
        "NaT",
        "2026-13-01T00:00:00Z",
        "2026-01-01T25:00:00Z",
        "32/Jan/2026:00:00:00 +0000",
        "01/Jam/2026:00:00:00 +0000",
        "01/Jan/2026:00:00:00 +9900",
        1e20,
        -99e9,
        float("nan"),
        float("inf"),
        [],
        {},
        "9" * 30,
    ],
)
def test_what_cannot_be_read(bad: object) -> None:
    assert READER.one(bad) == inf
    assert READER.column([bad]).tolist() == [inf]


def test_a_column_is_read_as_its_values_are() -> None:
    texts = [f"2026-02-{day:02}T{hour:02}:17:05.{day:03}Z" for day in range(1, 28) for hour in range(24)]
    assert READER.column(texts).tolist() == [datetime.fromisoformat(text).timestamp() for text in texts]
    numbers = [0, 5.5, 99_999_999_999, 1e11, 1e14, 1e17, -5]
    assert READER.column(numbers).tolist() == [READER.one(number) for number in numbers]


@pytest.mark.parametrize(
    "other", ["2026-01-01T00:00:00+00:00", "2026-02-30T00:00:00Z", "2026-01-01T00:00:0aZ", "xx"]
)
def test_one_that_is_written_otherwise_does_not_touch_the_rest(other: str) -> None:
    found = READER.column(["2026-01-01T00:00:00Z", other])
    assert found[0] == NEW_YEAR
    assert found[1] == READER.one(other)


def test_fractions_are_read_to_microseconds() -> None:
    assert READER.one("2026-01-01T00:00:00.1234569Z") == NEW_YEAR + 0.123456
    assert np.isclose(READER.one(1767225600123456789), NEW_YEAR + 0.1234567, rtol=0, atol=3e-7)


def test_a_zone_without_an_offset() -> None:
    assert TimeReader(Zone("Asia/Kolkata")).one("2026-01-01T05:30:00") == NEW_YEAR


def test_a_batch_of_texts_is_read_as_one_text_is() -> None:
    """The fast way reads what the slow one reads, and leaves to it all that it does not know."""
    chance = random.Random(7)  # noqa: S311  # no secret
    written = ("2026-03-29T01:30:00Z", "2026-03-29T01:30:00.123Z", "2026-03-29T01:30:00.123456Z")
    for _ in range(5000):
        text = list(chance.choice(written))
        for _ in range(chance.choice([1, 1, 2, 3])):
            text[chance.randrange(len(text))] = chance.choice("01234567890123456789 +-.:TZe_Na٣\0,")
        changed = "".join(text)
        assert READER.column([changed]).tolist() == [READER.one(changed)], changed
