"""Rows of a data frame get the columns of a scored file.

The smallest example: of 41 readings around 22 the last, 90, is an anomaly.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]  # its stubs are not installed
import pytest

from anomaly_container.cli.batches.sensor_files import COLUMNS, clean_rows, inject
from anomaly_container.detection.batches.baseline import begin
from anomaly_container.detection.batches.options import Options
from anomaly_container.process.services import scheme
from anomaly_container.services.batches.frame import FrameOptions, kind_of, score_rows
from anomaly_container.services.batches.modes import mode_of
from anomaly_container.services.batches.scored import Output, Source
from anomaly_container.settings.load import resolve


def first_of(frame: Any, how: FrameOptions) -> Any:  # noqa: ANN401  # pandas
    return score_rows(frame, how, begin(how.options))[0]


def test_the_last_reading() -> None:
    frame = pd.DataFrame({"level": [20.0 + row % 5 for row in range(40)] + [90.0]})
    found = first_of(frame, FrameOptions(columns=("level",)))
    assert list(found) == [*("level", "level_zscore", "level_zscore_flag", "severity", "reason", "anomaly")]
    assert found["anomaly"].tolist() == [False] * 40 + [True]
    assert found["reason"].isna().tolist() == [True] * 40 + [False]
    assert found["reason"].iloc[-1] == "zscore:level"
    assert found["severity"].iloc[-1] > 1
    assert list(frame) == ["level"]


def file_scored(frame: Any, block_rows: int) -> Any:  # noqa: ANN401  # pandas
    """Score the same rows as a file, and read its columns."""
    words = ("Service=batches", "Eula=accept", "Billing=http://127.0.0.1:5001/", "ApiKey=any")
    settings = resolve([*words, f"Batches:BlockRows={block_rows}"], {}, {}, scheme("batches")).settings
    content = frame.to_csv(index=False).encode()
    source = Source("raw/x.csv", "etag", lambda: [content])
    output = Output(mode_of(settings).score(source, COLUMNS, None, keeps_increment=False))
    return pd.read_csv(io.BytesIO(b"".join(output)))


def test_a_frame_gets_what_a_file_gets() -> None:
    generator = np.random.default_rng(3)
    values = clean_rows(generator, 4500)
    inject(generator, values)
    values[::50, 2] = np.nan
    frame = pd.DataFrame(values, columns=COLUMNS)
    expected = file_scored(frame, 1000)
    found = first_of(frame, FrameOptions(columns=COLUMNS, block_rows=1000))
    assert found["anomaly"].sum() > 200
    assert found["joint_score"].notna().sum() == 2500
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, check_exact=True)


@pytest.mark.parametrize("gap", [np.nan, np.inf, -np.inf, 1e151, None])
def test_gaps(gap: float | None) -> None:
    level: list[float | None] = [20.0 + row % 5 for row in range(40)]
    level[11] = gap
    found = first_of(
        pd.DataFrame({"level": pd.Series(level, dtype="Float64")}), FrameOptions(columns=("level",))
    )
    assert found["level_zscore"].isna().tolist() == [row == 11 for row in range(40)]
    assert not found["anomaly"].any()


def test_too_few_values_have_no_score() -> None:
    found = first_of(pd.DataFrame({"level": [1.0, 2.0, 90.0]}), FrameOptions(columns=("level",)))
    assert found["level_zscore"].isna().all()
    assert found["level_zscore_flag"].tolist() == [None] * 3
    assert found["anomaly"].tolist() == [False] * 3


def test_no_rows() -> None:
    found = first_of(pd.DataFrame({"level": pd.Series([], dtype=float)}), FrameOptions(columns=("level",)))
    assert list(found)[-1] == "anomaly"
    assert found.empty


@pytest.mark.parametrize(
    ("how", "numbers", "words"),
    [
        (FrameOptions(), (), "no column of numbers"),
        (FrameOptions(detection=Options.of(2)), ("a",), "for 2 columns, and 1 are scored"),
    ],
)
def test_options_that_do_not_fit(how: FrameOptions, numbers: tuple[str, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        how.resolved(numbers)


def test_columns_that_are_named_are_scored_alone() -> None:
    assert FrameOptions(columns=("b",)).resolved(["a", "b"]).columns == ("b",)
    assert FrameOptions().resolved(["a", "b"]).columns == ("a", "b")


def test_kinds_are_types_of_spark() -> None:
    names = ("a_zscore", "a_zscore_flag", "joint_score", "joint_flag", "severity", "reason", "anomaly")
    assert [kind_of(name) for name in names] == [
        *("double", "boolean", "double", "boolean", "double", "string", "boolean")
    ]
