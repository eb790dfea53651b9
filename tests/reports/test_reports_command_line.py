"""Files and requests of the kinds that people have, through the command line: each has a right answer."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from anomaly_container import cli
from tests.reports.bursts import POINTS, bursts

if TYPE_CHECKING:
    from collections.abc import Callable

Capture = pytest.CaptureFixture[str]
HERE = Path(__file__).parent


class Said:
    """What the command line printed about a file, and with which code it ended."""

    def __init__(self, code: int, captured: tuple[str, str]) -> None:
        self.code = code
        self.out, err = captured
        self.err = err.replace(f"{HERE}/", "")

    def rows(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.out)))

    def found(self) -> list[tuple[str, str]]:
        """Timestamps of the anomalies, and on which side they lie."""
        return [(row["timestamp"], row["anomaly"]) for row in self.rows() if row["anomaly"]]


@pytest.fixture
def detect(capsys: Capture) -> Callable[..., Said]:
    def run(name: str, *words: str) -> Said:
        return Said(cli.main(["detect", str(HERE / name), *words]), capsys.readouterr())

    return run


def test_us_dates_with_three_days_missing_are_daily_points_without_an_anomaly(
    detect: Callable[..., Said], tmp_path: Path
) -> None:
    name = "02_day_us_dates_three_days_missing.csv"
    said = detect(name, "--format", "csv")
    assert said.code == 0
    assert f"{name}: granularity daily (1 gap, 3 points missing)\n" in said.err
    assert len(said.rows()) == 81
    assert said.found() == []
    # The same rows with ISO dates get the same numbers.
    same = tmp_path / "iso.csv"
    same.write_text(re.sub(r"(\d\d)/(\d\d)/(\d{4})", r"\3-\1-\2", (HERE / name).read_text()))
    in_iso = detect(str(same), "--format", "csv").rows()
    assert [row | {"timestamp": ""} for row in in_iso] == [row | {"timestamp": ""} for row in said.rows()]


def test_us_dates_newest_first_are_sorted_and_the_spike_is_on_the_newest(detect: Callable[..., Said]) -> None:
    name = "02_day_us_dates_newest_first_spike_on_newest.csv"
    said = detect(name, "--format", "csv")
    assert said.code == 0
    assert f"{name}: the newest stood first; put in time order\n" in said.err
    assert said.found() == [("03/25/2025", "above")]
    [last] = detect(name, "--last", "--format", "csv").rows()
    assert (last["timestamp"], float(last["value"]), last["anomaly"]) == ("03/25/2025", 400, "above")


def test_a_first_time_that_is_blank_is_refused_with_its_line(detect: Callable[..., Said]) -> None:
    said = detect("02_first_time_cell_blank.csv")
    assert (said.code, said.out) == (1, "")
    assert said.err == "02_first_time_cell_blank.csv: line 2: the timestamp is absent\n"


def test_iso_dates_newest_first_are_judged_at_the_newest(detect: Callable[..., Said]) -> None:
    [last] = detect("03_page_newest_first_iso.csv", "--last", "--format", "csv").rows()
    assert (last["timestamp"], last["anomaly"]) == ("2025-03-25", "above")


@pytest.mark.parametrize("words", [(), ("--by", "sensor_name")])
def test_a_long_table_is_one_series_for_each_sensor(
    detect: Callable[..., Said], words: tuple[str, ...]
) -> None:
    said = detect("04_page_long_table_like_live_demo.csv", "--format", "csv", *words)
    assert said.code == 0
    counted = [row["series"] for row in said.rows()]
    assert counted == ["sensor_1"] * 60 + ["sensor_2"] * 60
    assert said.err.count("granularity hourly (every step alike)") == 2


def test_the_row_number_of_pandas_is_not_what_is_analysed(detect: Callable[..., Said]) -> None:
    said = detect("04_page_pandas_index_column.csv", "--format", "csv")
    assert said.found() == [("2026-03-03 12:00:00", "above")]
    assert float(said.rows()[0]["value"]) == 100.0


@pytest.mark.parametrize("name", ["05_page_tab_thousands_comma.tsv", "06_cli_quoted_thousands.csv"])
def test_a_comma_of_thousands_is_one(detect: Callable[..., Said], name: str) -> None:
    said = detect(name, "--format", "csv")
    assert said.code == 0
    assert float(said.rows()[9]["value"]) == 1002
    assert len(said.found()) == 11


def test_date_and_time_in_two_columns_are_hourly(detect: Callable[..., Said]) -> None:
    said = detect("07_date_and_time_columns.csv", "--format", "csv")
    assert "granularity hourly (every step alike)" in said.err
    assert said.found() == [("2026-03-03 12:00:00", "above")]


def test_the_time_is_the_column_with_whole_dates(detect: Callable[..., Said]) -> None:
    said = detect("08_page_device_id_before_time.csv", "--format", "csv")
    assert "granularity hourly (every step alike)" in said.err
    assert said.found() == [("2026-03-03 12:00:00", "above")]


def test_leading_nan_are_gaps(detect: Callable[..., Said]) -> None:
    said = detect("09_cli_rolling_mean_leading_nan.csv", "--format", "csv")
    assert said.err.endswith("2 rows without a value taken as gaps\n")
    assert len(said.rows()) == 118


def test_a_first_line_that_names_the_separator_is_no_header(detect: Callable[..., Said]) -> None:
    said = detect("10_grafana_excel_sep_line.csv", "--format", "csv")
    assert len(said.rows()) == 120
    assert said.found() == [("2026-03-03 12:00:00", "above")]


@pytest.mark.parametrize(
    ("name", "points"),
    [
        ("01_kusto_v1.0_entire_no_granularity.json", 120),
        ("11_request_with_bom.json", 120),
        ("12_powerbi_request_pascal.json", 120),
        ("13_powerbi_tutorial_us_text_dates.json", 84),
    ],
)
@pytest.mark.parametrize("version", ["1.0", "1.1-preview", "1.1-preview.1", "1.1"])
def test_requests_are_answered(detect: Callable[..., Said], name: str, points: int, version: str) -> None:
    said = detect(name, "--version", version)
    assert (said.code, said.err) == (0, "")
    answer = {key.lower(): value for key, value in json.loads(said.out).items()}
    assert len(answer["isanomaly"]) == points


def test_values_alone_are_asked_about_change_points(detect: Callable[..., Said]) -> None:
    name = "01_kusto_v1.0_changepoint_no_granularity.json"
    for version in ("v1.0", "V1.1"):
        said = detect(name, "--changepoint", "--version", version)
        assert (said.code, said.err) == (0, "")
        assert len(json.loads(said.out)["isChangePoint"]) == 120


def test_seconds_since_1970_may_lie_before_2001(detect: Callable[..., Said]) -> None:
    said = detect("12_epoch_seconds_before_2001.csv", "--format", "csv")
    assert "granularity daily (every step alike)" in said.err
    assert said.found() == [("951868800", "above")]


def test_milliseconds_of_pandas_are_numbers_in_json(detect: Callable[..., Said]) -> None:
    said = detect("12_pandas_to_json_default_epoch_ms.json", "--format", "csv")
    assert "granularity hourly (every step alike)" in said.err
    assert said.found() == [("1772539200000", "above")]


def test_null_is_a_gap_in_a_list(detect: Callable[..., Said]) -> None:
    said = detect("12_list_with_null_value.json", "--format", "csv")
    assert "granularity hourly (1 gap, 1 point missing)" in said.err
    assert said.err.endswith("1 row without a value taken as a gap\n")
    assert len(said.rows()) == 119


def test_numbers_may_be_texts_in_a_list(detect: Callable[..., Said]) -> None:
    said = detect("12_list_with_numbers_as_text.json", "--format", "csv")
    assert said.found() == [("2026-03-03T12:00:00Z", "above")]


def test_an_empty_field_at_the_end_of_each_line_is_no_column(detect: Callable[..., Said]) -> None:
    said = detect("15_trailing_comma.csv", "--format", "csv")
    assert len(said.rows()) == 120
    assert said.found() == [("2026-03-03T12:00:00Z", "above")]


def test_a_counter_is_refused_with_the_option_that_helps_and_read_with_it(
    detect: Callable[..., Said],
) -> None:
    refused = detect("16_counter_as_timestamp.csv")
    assert refused.code == 1
    assert "--no-times" in refused.err
    said = detect("16_counter_as_timestamp.csv", "--no-times", "--format", "csv")
    assert said.code == 0
    assert [float(row["value"]) for row in said.rows()][:2] == [100.0, 109.2]
    assert len(said.rows()) == 120


@pytest.mark.parametrize(("ratio", "most"), [("0.02", 518), ("0.05", 1296)])
def test_the_largest_share_of_anomalies_holds_over_all_windows(
    detect: Callable[..., Said], tmp_path: Path, ratio: str, most: int
) -> None:
    path = tmp_path / "bursts.csv"
    path.write_text(bursts())
    said = detect(str(path), "--max-anomaly-ratio", ratio, "--format", "csv")
    rows = said.rows()
    assert len(rows) == POINTS
    assert 0 < len(said.found()) <= most
    assert f"{ratio} of 25,920 points are {most:,}\n" in said.err
    for row in rows:
        value, lower, upper = (float(row[name]) for name in ("value", "lower_bound", "upper_bound"))
        assert (row["anomaly"] != "") == (not lower <= value <= upper)
        assert (row["anomaly"] != "") == (float(row["severity"]) > 0)
