"""The chart of a report.

The smallest example: two points, one of them an anomaly, are two lines and a dot.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from anomaly_container.services.streams.chart import Series, svg
from anomaly_container.services.streams.report_making import report_of
from tests.support.stream_results import HOUR
from tests.unit.services.streams.test_report_making import sums_of_an_hour

SVG = "{http://www.w3.org/2000/svg}"


def classes(text: str) -> list[str]:
    root = ET.fromstring(text)  # noqa: S314  # what we made
    return [kind for element in root.iter() if (kind := element.get("class")) and "label" not in kind]


def places(text: str) -> list[tuple[float, float]]:
    root = ET.fromstring(text)  # noqa: S314  # what we made
    return [
        (float(dot.attrib["cx"]), float(dot.attrib["cy"])) for dot in root.iter(f"{SVG}circle")
    ]  # fmt: skip


def test_two_points_and_an_anomaly() -> None:
    series = Series(
        0.0,
        100.0,
        points=[(0.0, 10.0, 1.0), (100.0, 20.0, 2.0)],
        anomalies=[(100.0, 20.0, 2.0)],
        threshold=1.0,
        title="a <b>",
    )

    text = svg(series, width=1116, height=264)

    assert [kind for kind in classes(text) if kind != "grid"] == ["response", "score", "threshold", "anomaly"]
    # 1000 by 200 within the margins; both axes begin at 0, and 2 is their upper end.
    assert 'class="response" d="M64.0 134.0L1064.0 34.0"' in text
    assert places(text) == [(1064.0, 34.0)]
    assert "a &lt;b&gt;" in text


def test_missing_response_times_are_left_out() -> None:
    text = svg(Series(0.0, 100.0, points=[(0.0, None, 1.0), (50.0, None, 1.0)]))

    assert "response" not in classes(text)
    assert "score" in classes(text)


def test_a_long_tail_has_a_logarithmic_axis() -> None:
    series = Series(0.0, 9.0, points=[(0.0, 10.0, 1.0), (9.0, 30_000.0, 9.0)], median=10.0)

    assert re.findall(r'text-anchor="end">([^<]+)<', svg(series)) == ["10", "100", "1000", "10000", "100000"]


@pytest.mark.parametrize(
    ("days", "labels"),
    [
        (1 / 24, ["00:00", "00:05", "00:10"]),
        (2, ["01-01", "06:00", "12:00", "18:00", "01-02"]),
        (5, ["01-01", "12:00", "01-02", "12:00", "01-03"]),
        (10, ["01-01", "01-02", "01-03"]),
    ],
)
def test_times_are_told_by_what_lies_between_them(days: float, labels: list[str]) -> None:
    start = 1_767_225_600.0

    text = svg(Series(start, start + 86_400 * days))

    assert re.findall(r'text-anchor="middle">([^<]+)<', text)[: len(labels)] == labels


@pytest.mark.parametrize("events", [0, 1, 500, 20_000])
def test_any_report_has_a_chart(events: int) -> None:
    text = svg(Series.of(report_of("shop", HOUR, sums_of_an_hour(events) if events else [], history={})))

    root = ET.fromstring(text)  # noqa: S314  # what we made
    assert root.tag == f"{SVG}svg"
    assert "nan" not in text
    assert len(text) < 200_000


@pytest.mark.parametrize(
    "points", [[(0.0, 0.0, 0.0)], [(0.0, 1e300, -3.0)], [(0.0, 1e-9, 1e9), (1.0, 5.0, 1.0)]]
)
def test_any_numbers_have_a_place(points: list[tuple[float, float, float]]) -> None:
    text = svg(Series(0.0, 1.0, points=points, anomalies=points))

    assert all(0 <= x <= 1000 and 0 <= y <= 320 for x, y in places(text))
    assert "nan" not in text
    assert "inf" not in text
