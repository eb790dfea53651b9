"""The command line: what was written is read back, and every point of a long series gets one verdict."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

from hypothesis import assume, given
from hypothesis import strategies as st

from anomaly_container.cli.detect.windows import windows
from anomaly_container.services.univariate.contract.series_file import ReadOptions, read_series_file
from tests.property.strategies import examples
from tests.support.signals import hourly

if TYPE_CHECKING:
    from anomaly_container.services.univariate.contract.client_request import ClientRequest

values = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30)
# A note that reads like a time, a number or nothing is a column of such things.
notes = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


def read(text: str) -> ClientRequest:
    [series] = read_series_file(text.encode(), ReadOptions()).series
    return series.request


@examples(150)
@given(
    values=values, mark=st.sampled_from(",;\t"), titled=st.booleans(), ending=st.sampled_from(["\n", "\r\n"])
)
def test_points_written_as_csv_are_read_back(
    values: list[float], mark: str, titled: bool, ending: str
) -> None:
    stamps = hourly(len(values))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=mark, lineterminator=ending)
    writer.writerows(
        ([["timestamp", "value"]] if titled else [])
        + [[s, repr(v)] for s, v in zip(stamps, values, strict=True)]
    )
    request = read(text.getvalue())
    assert request.stamps() == stamps
    assert request.values() == values


@examples(150)
@given(values=values, note=notes, mark=st.sampled_from(",;\t"))
def test_any_text_beside_the_points_changes_nothing(values: list[float], note: str, mark: str) -> None:
    stamps = hourly(len(values))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=mark, quoting=csv.QUOTE_ALL)
    writer.writerow(["note", "timestamp", "value"])
    writer.writerows([note, s, repr(v)] for s, v in zip(stamps, values, strict=True))
    request = read(text.getvalue())
    assert request.stamps() == stamps
    assert request.values() == values


@examples(100)
@given(values=values, lines=st.booleans())
def test_points_written_as_json_are_read_back(values: list[float], lines: bool) -> None:
    stamps = hourly(len(values))
    points = [{"timestamp": s, "value": v} for s, v in zip(stamps, values, strict=True)]
    text = "\n".join(map(json.dumps, points)) if lines else json.dumps(points)
    request = read(text)
    assert request.stamps() == stamps
    assert request.values() == values


@examples(300)
@given(points=st.integers(1, 200_000), longest=st.integers(12, 20_000))
def test_every_point_gets_one_verdict_far_from_the_edges(points: int, longest: int) -> None:
    assume(points <= 500 * longest)
    cut = windows(points, longest)
    assert [window.kept_from for window in cut] == [0, *(window.kept_to for window in cut[:-1])]
    assert cut[-1].kept_to == points
    for window in cut:
        assert 0 <= window.start <= window.kept_from < window.kept_to <= window.stop <= points
        assert window.stop - window.start == min(points, longest)
        # A quarter of a window lies before and behind each verdict, but at the ends of the series.
        assert window.start == 0 or window.kept_from - window.start >= longest // 4
        assert window.stop == points or window.stop - window.kept_to >= longest // 4
