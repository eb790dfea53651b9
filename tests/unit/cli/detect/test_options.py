"""The options of `detect`: `--granularity Hourly` is hourly, and choices are listed as they are typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from anomaly_container.cli import main as cli
from anomaly_container.cli.detect.options import add_arguments, options_from
from anomaly_container.services.univariate.contract.series_file import ALL, DateOrder, ReadOptions
from anomaly_container.services.univariate.contract.versions import ApiVersion, Operation

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.cli.detect.arguments import DetectOptions

Capture = pytest.CaptureFixture[str]


def options(*arguments: str) -> DetectOptions:
    from argparse import ArgumentParser  # noqa: PLC0415  # for the tests alone

    parser = ArgumentParser()
    add_arguments(parser)
    return options_from(parser.parse_args(["days.csv", *arguments]))


def test_options_that_are_not_given_are_left_open() -> None:
    plain = options()
    assert plain.read == ReadOptions()
    assert (plain.operation, plain.version) == (Operation.ENTIRE, ApiVersion.V1_1)
    assert (plain.granularity, plain.format, dict(plain.fields)) == (None, None, {})


@pytest.mark.parametrize("text", ["hourly", "Hourly", "HOURLY"])
def test_choices_are_read_in_any_case(text: str) -> None:
    assert options("--granularity", text).granularity == "hourly"
    assert options("--operation", "ChangePoint").operation is Operation.CHANGE_POINT
    assert options("--format", "CSV").format == "csv"
    assert options("--impute-mode", "notfill").fields == {"impute_mode": "notFill"}
    assert options("--date-order", "Day-First").read.date_order is DateOrder.DAY_FIRST


@pytest.mark.parametrize("text", ["1.1-preview", "v1.1-preview", "V1.1-Preview"])
def test_a_version_needs_no_v(text: str) -> None:
    assert options("--version", text).version is ApiVersion.V1_1_PREVIEW


@pytest.mark.parametrize(
    ("arguments", "listed"),
    [
        (["--granularity", "fortnightly"], "'auto', 'daily', 'minutely', 'hourly', 'weekly'"),
        (["--version", "2"], "'v1.0', 'v1.1-preview', 'v1.1-preview.1', 'v1.1'"),
        (["--operation", "best"], "'entire', 'last', 'changepoint'"),
        (["--impute-mode", "best"], "'linear'"),
        (["--date-order", "best"], "'month-first', 'day-first'"),
    ],
)
def test_choices_are_listed_as_they_are_typed(capsys: Capture, arguments: list[str], listed: str) -> None:
    with pytest.raises(SystemExit):
        cli.main(["detect", "days.csv", *arguments])
    said = capsys.readouterr().err
    assert listed.replace("'", "") in said.replace("'", "")
    assert "<" not in said.splitlines()[-1]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("load", ("load",)),
        ("load, rain", ("load", "rain")),
        ('"load, MW",rain', ("load, MW", "rain")),
        ("all", ALL),
        ("2", ("2",)),
    ],
)
def test_columns_of_values_are_listed_between_commas(text: str, columns: tuple[str, ...]) -> None:
    assert options("--value-column", text).read.value_columns == columns


@pytest.mark.parametrize("text", ["", ",", "a,,b"])
def test_a_column_without_a_name_is_refused(capsys: Capture, text: str) -> None:
    with pytest.raises(SystemExit) as refusal:
        cli.main(["detect", "days.csv", "--value-column", text])
    assert refusal.value.code == 1
    assert "list of columns" in capsys.readouterr().err


def test_words_about_the_file_reach_the_reader() -> None:
    arguments = ["--timestamp-column", "when", "--by", "host", "--no-times", "--sort"]
    assert options(*arguments).read == ReadOptions(
        timestamp_column="when", by="host", no_times=True, sort=True
    )


def test_the_word_all_makes_a_series_of_every_column(write: Callable[..., str]) -> None:
    assert cli.main(["detect", write(), "--value-column", "all"]) == 0
