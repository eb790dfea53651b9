"""The series detector.

The smallest example: of a week's rhythm, repeated, one day is 25 where 13 was expected: that row is flagged,
and no other.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.detection.univariate import Options, Series, entire
from anomaly_container.services.batches.modes import mode_of
from anomaly_container.services.batches.scored import Output, Scored, Source
from anomaly_container.services.batches.series import LONGEST, STRETCH, Points, SeriesDetector
from anomaly_container.services.batches.table import Table
from tests.support.batch_process import batches_settings
from tests.support.samples import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from anomaly_container.detection.numeric.arrays import FloatArray
    from anomaly_container.services.batches.scorable import Scorable

WEEK = [10.0, 12.0, 13.0, 12.0, 11.0, 5.0, 4.0]
WEEKS = WEEK * 4
WEEKS[16] = 25.0


def csv(values: Iterable[float], times: Iterable[object]) -> bytes:
    lines = [f"{time},{value!r}" for time, value in zip(times, values, strict=True)]
    return "\n".join(["timestamp,a", *lines]).encode() + b"\n"


def block(values: Sequence[float], times: Iterable[object]) -> Scorable:
    settings = batches_settings(columns="a")
    mode = mode_of(settings)
    table = Table([csv(values, times)], "raw/a.csv", mode._table)  # type: ignore[attr-defined]  # noqa: SLF001  # of the default mode
    [part] = table.blocks(table.places(["a"]))
    return part


def flagged(detector: SeriesDetector, part: Scorable) -> list[int] | None:
    """The flagged rows; None if the column was not judged."""
    found = detector.judge(part)
    return np.flatnonzero(found.flags[0]).tolist() if found.has_flags[0] else None


def points(values: Sequence[float], first: float = 0.0) -> Points:
    array: FloatArray = np.asarray(values, dtype=np.float64)
    return Points(first + np.arange(array.size, dtype=np.float64), array[:, None])


def test_a_row_that_breaks_the_rhythm() -> None:
    assert flagged(SeriesDetector(Points.none(1), 1, 0), block(WEEKS, range(28))) == [16]


def test_rows_are_judged_with_those_before_them() -> None:
    known = points(WEEK * 3)
    whole = entire(Series.without_gaps(WEEK * 3 + WEEKS), Options())
    part = block(WEEKS, range(100, 128))
    found = SeriesDetector(known, 1, 0).judge(part)
    assert found.flags[0].tolist() == whole.is_anomaly[21:].tolist()
    assert found.severity[0].tolist() == whole.severity[21:].tolist()
    assert flagged(SeriesDetector(Points.none(1), 1, 0), block(WEEK, range(7))) is None
    assert flagged(SeriesDetector(known, 1, 0), block([99.0, *WEEK[1:]], range(100, 107))) == [0]


def test_rows_of_a_later_time_are_not_context() -> None:
    known = points([1000.0, -1000.0] * 20, first=500.0)
    assert flagged(SeriesDetector(known, 1, 0), block(WEEKS, range(28))) == [16]


def test_blocks_follow_each_other() -> None:
    detector = SeriesDetector(Points.none(1), 1, 0)
    assert flagged(detector, block(WEEKS, range(28))) == [16]
    assert flagged(detector, block([10.0, 60.0, *WEEK[2:]], range(28, 35))) == [1]


def test_a_long_block_is_judged_by_stretches() -> None:
    rng = np.random.default_rng(7)
    values = rng.normal(20.0, 1.0, 10_000)
    values[[3, 4319, 4320, 9999]] = 90.0
    detector = SeriesDetector(points([20.0] * 30, first=-100.0), 1, 0)
    found = detector.judge(block(values.tolist(), range(10_000)))
    assert found.flags[0][[3, 4319, 4320, 9999]].all()
    second = entire(Series.without_gaps(values[:LONGEST]), Options()).is_anomaly
    assert found.flags[0][STRETCH:LONGEST].tolist() == second[STRETCH:].tolist()


@pytest.mark.parametrize(
    "times",
    [
        [*range(27), "late"],
        [*range(14), *range(14)],
        ["", *range(27)],
        [*range(1, 28), float("nan")],
    ],
)
def test_unreadable_and_unordered_times_silence_the_detector(times: list[object]) -> None:
    detector = SeriesDetector(Points.none(1), 1, 0)
    assert flagged(detector, block(WEEKS, times)) is None
    assert flagged(detector, block(WEEKS, range(100, 128))) is None


def test_a_block_before_the_last_one_silences_the_detector() -> None:
    detector = SeriesDetector(Points.none(1), 1, 0)
    assert flagged(detector, block(WEEKS, range(100, 128))) == [16]
    assert flagged(detector, block(WEEKS, range(28))) is None


def test_without_a_time_column_nothing_is_judged() -> None:
    assert flagged(SeriesDetector(Points.none(1), 1, None), block(WEEKS, range(28))) is None


def test_gaps_are_left_out_and_have_no_flag() -> None:
    gaps = [value for week in range(4) for value in (*WEEKS[7 * week : 7 * week + 7], float("nan"), 1e120)]
    found = SeriesDetector(Points.none(1), 1, 0).judge(block(gaps, range(36)))
    assert np.flatnonzero(found.flags[0]).tolist() == [20]
    few = [float("nan")] * 20 + [1.0] * 11
    assert flagged(SeriesDetector(Points.none(1), 1, 0), block(few, range(31))) is None


def scored(data: bytes, **words: object) -> tuple[list[str], Scored]:
    mode = mode_of(batches_settings(columns="a", **words))
    output = Output(mode.score(Source("raw/a.csv", "e", lambda: [data]), ("a",), None, keeps_increment=False))
    lines = b"".join(output).decode().splitlines()
    assert output.scored is not None
    return lines, output.scored


def test_a_column_informs_and_does_not_vote() -> None:
    lines, result = scored(csv(WEEKS, range(28)), detectors="zscore,series", threshold=20)
    assert lines[0] == "timestamp,a,a_zscore,a_zscore_flag,a_series_flag,severity,reason,anomaly"
    assert [line.split(",")[4] for line in lines[1:]] == [
        "True" if row == 16 else "False" for row in range(28)
    ]
    assert result.by_detector["series"] == 1
    assert result.anomalies == 0


def test_a_vote_makes_an_anomaly() -> None:
    lines, result = scored(
        csv(WEEKS, range(28)), detectors="zscore,series", vote="zscore,series", threshold=20
    )
    assert lines[17].split(",")[5:] == ["1.0", "series:a", "True"]
    assert (result.anomalies, result.strongest) == (1, "series:a")
    lines, result = scored(csv(WEEKS, range(28)), detectors="zscore,series", vote="series")
    assert [line.rpartition(",")[2] for line in lines[1:]].count("True") == result.anomalies == 1


def test_unreadable_times_leave_the_column_empty() -> None:
    lines, result = scored(csv(WEEKS, ["x"] * 28), detectors="zscore,series")
    assert {line.split(",")[4] for line in lines[1:]} == {""}
    assert result.rows == 28


def test_the_engine_is_loaded_only_if_it_is_asked_for() -> None:
    program = (
        "import sys\n"
        "from anomaly_container.services.batches.modes import mode_of, table_options\n"
        "from anomaly_container.services.batches.scored import Source\n"
        "from anomaly_container.services.batches.table import Table\n"
        "from tests.support.batch_process import batches_settings\n"
        "settings = batches_settings(detectors='zscore,series')\n"
        "rows = b''.join(b'%d,%d\\n' % (row, row % 7) for row in range(28))\n"
        "table = Table([b'timestamp,a\\n' + rows], 'raw/a.csv', table_options(settings))\n"
        "detector = mode_of(settings)._series(Source('', '', list), ['a'], 0)\n"
        "before = [name for name in sys.modules if 'detection.univariate' in name]\n"
        "[detector.judge(part) for part in table.blocks([1])]\n"
        "print(before, 'anomaly_container.detection.univariate' in sys.modules)"
    )
    done = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "[] True\n"
