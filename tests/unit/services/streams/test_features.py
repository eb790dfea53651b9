"""Values of fields.

The smallest example: "1.5s" is 1500 milliseconds, and a bare 1.5 stays as it is.
"""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest

from anomaly_container.services.streams import features
from anomaly_container.services.streams.features import (
    Remembered,
    RememberedLevels,
    level,
    method,
    number,
    path,
    text,
)


@pytest.mark.parametrize(
    ("written", "milliseconds"),
    [
        ("1.5s", 1500.0),
        (1.5, 1.5),
        ("48.66", 48.66),
        ("3m", 180_000.0),
        ("1e3us", 1.0),
        ("7 µs", 0.007),
        ("7μs", 0.007),
        ("500ns", 0.0005),
        (" 5ms ", 5.0),
        (".5", 0.5),
        ("-2", -2.0),
        (7, 7.0),
    ],
)
def test_numbers(written: object, milliseconds: float) -> None:
    assert number(written) == pytest.approx(milliseconds, rel=1e-12)


@pytest.mark.parametrize(
    "written",
    [
        "fast",
        "",
        "5 h",
        "NaN",
        "inf",
        "1_000",
        "1e999",
        "٣",
        True,
        None,
        [],
        {},
        float("nan"),
        float("inf"),
        10**400,
        1e200,
    ],
)
def test_what_is_not_a_number(written: object) -> None:
    assert isnan(number(written))
    assert np.isnan(features.numbers([written, 1.0])[0])


def test_a_column_of_numbers() -> None:
    found = features.numbers([1.0, float("inf"), 1e200, -3.0])
    np.testing.assert_array_equal(found, [1.0, np.nan, np.nan, -3.0])


def test_levels() -> None:
    words: list[object] = [
        "trace",
        "DEBUG",
        " Info",
        "notice",
        "Warning",
        "err",
        "emerg",
        "LOUD",
        3,
        None,
        True,
    ]
    found = RememberedLevels().column(words)
    np.testing.assert_array_equal(found, [0, 1, 2, 2, 3, 4, 5, np.nan, np.nan, np.nan, np.nan])
    assert [level(word) for word in words[:7]] == found[:7].tolist()
    assert RememberedLevels().column(["INFO", "ERROR"]).tolist() == [2, 4]


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("/", "/"),
        ("", "/"),
        (None, ""),
        ([], ""),
        ("/a?b=1#c", "/a"),
        ("/a#c?b", "/a"),
        ("https://h.example/a/77/b#x", "/a/*/b"),
        ("https://h.example", "/"),
        ("/h/0006e8ce", "/h/*"),
        ("/cafe/deadbeef", "/cafe/deadbeef"),
        ("/deadbeef1", "/*"),
        ("/dead1", "/dead1"),
        ("/o/3f2504e0-4f89-11d3-9a0c-0305e82c3301", "/o/*"),
        ("/o/abcdefab-abcd-abcd-abcd-abcdefabcdef", "/o/*"),
        ("/app.0002fd42.js", "/app.0002fd42.js"),
        ("77", "*"),
        ("/a/٣", "/a/٣"),
        ("//x//1/", "//x//*/"),
        (5, "*"),
    ],
)
def test_paths(written: object, wanted: str) -> None:
    assert path(written) == wanted
    assert Remembered(path).column([written, written]) == [wanted, wanted]


def test_methods_and_texts() -> None:
    assert (method("get"), method(None), method(5)) == ("GET", "", "5")
    values: list[object] = ["a", 1, 1.5, True, None, [], {}]
    assert [text(value) for value in values] == ["a", "1", "1.5", "true", "", "", ""]
    assert len(text("x" * 10_000)) == features.LONGEST


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "MOST_KEPT", 10)
    remembered = Remembered(method)
    assert remembered.column([f"m{place}" for place in range(100)])[99] == "M99"
    assert len(remembered) <= 10
    assert remembered["x" * 500] == "X" * 500
    assert "x" * 500 not in remembered
