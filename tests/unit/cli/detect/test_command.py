"""The output of the command: three formats, exit codes, notes on standard error, pictures."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from typing import TYPE_CHECKING

import pytest

from anomaly_container.cli import main as cli
from anomaly_container.cli.detect import command as detect
from anomaly_container.services.univariate import engine
from anomaly_container.services.univariate.contract.limits import Limits
from anomaly_container.services.univariate.contract.versions import ApiVersion, Operation
from tests.support.bodies import points
from tests.support.payloads import daily_body, daily_values
from tests.support.signals import hourly, white

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STAMPS = [point["timestamp"] for point in points(48)]
VALUES = daily_values(48)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    """Write a table of days and return its name."""

    def made(name: str = "days.csv", *, count: int = 48, values: list[float] | None = None) -> str:
        path = tmp_path / name
        pairs = zip(STAMPS[:count], values or VALUES, strict=False)
        text = "timestamp,value\n" + "".join(f"{stamp},{value!r}\n" for stamp, value in pairs)
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
        return str(path)

    return made


def sent(operation: Operation = Operation.ENTIRE, **fields: object) -> bytes:
    return engine.answer(daily_body(48, **fields), operation, ApiVersion.V1_1, Limits()).body


@pytest.mark.parametrize(
    ("arguments", "operation"),
    [([], Operation.ENTIRE), (["--last"], Operation.LAST), (["--changepoint"], Operation.CHANGE_POINT)],
)
def test_json_is_the_answer_of_the_service_byte_for_byte(
    capsys: Capture, write: Callable[..., str], arguments: list[str], operation: Operation
) -> None:
    assert cli.main(["detect", write(), "--format", "json", *arguments]) == 0
    captured = capsys.readouterr()
    assert captured.out.encode() == sent(operation, granularity="daily")
    assert captured.err.endswith("days.csv: granularity daily (every step alike)\n")


def test_every_field_reaches_the_engine(capsys: Capture, write: Callable[..., str]) -> None:
    arguments = [
        "--sensitivity",
        "60",
        "--max-anomaly-ratio",
        "0.1",
        "--period",
        "7",
        "--custom-interval",
        "1",
    ]
    arguments += ["--impute-mode", "fixed", "--impute-value", "5", "--granularity", "daily"]
    assert cli.main(["detect", write(), "--format", "json", *arguments]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out.encode() == sent(
        granularity="daily",
        sensitivity=60,
        maxAnomalyRatio=0.1,
        period=7,
        customInterval=1,
        imputeMode="fixed",
        imputeFixedValue=5.0,
    )
    arguments = ["--changepoint", "--threshold", "0.5", "--stable-trend-window", "6"]
    assert cli.main(["detect", write(), "--format", "json", *arguments]) == 0
    assert capsys.readouterr().out.encode() == sent(
        Operation.CHANGE_POINT, threshold=0.5, stableTrendWindow=6
    )


def test_options_override_a_request_and_leave_the_rest(capsys: Capture, tmp_path: Path) -> None:
    path = tmp_path / "request.json"
    path.write_bytes(daily_body(48, sensitivity=99, maxAnomalyRatio=0.1))
    assert cli.main(["detect", str(path), "--sensitivity", "20"]) == 0
    captured = capsys.readouterr()
    assert captured.out.encode() == sent(sensitivity=20, maxAnomalyRatio=0.1)
    assert captured.err == ""


def test_csv_has_every_point_and_the_numbers_of_the_answer(
    capsys: Capture, write: Callable[..., str]
) -> None:
    assert cli.main(["detect", write(), "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    answer = json.loads(sent(granularity="daily"))
    assert [row["timestamp"] for row in rows] == STAMPS
    assert [float(row["value"]) for row in rows] == VALUES
    assert [float(row["expected"]) for row in rows] == answer["expectedValues"]
    assert [row["anomaly"] == "above" for row in rows] == answer["isPositiveAnomaly"]
    assert [row["anomaly"] == "below" for row in rows] == answer["isNegativeAnomaly"]
    bounds = [e + m for e, m in zip(answer["expectedValues"], answer["upperMargins"], strict=True)]
    assert [float(row["upper_bound"]) for row in rows] == bounds


def test_csv_of_change_points_and_of_the_last_point(capsys: Capture, write: Callable[..., str]) -> None:
    assert cli.main(["detect", write(), "--format", "csv", "--changepoint"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "timestamp,value,change_point,confidence"
    assert len(lines) == 49
    assert cli.main(["detect", write(), "--format", "csv", "--last"]) == 0
    [row] = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert row["timestamp"] == STAMPS[-1]


def test_the_table_has_the_findings_and_a_summary(capsys: Capture, write: Callable[..., str]) -> None:
    assert cli.main(["detect", write()]) == 0
    out = capsys.readouterr().out
    rows = [line for line in out.splitlines() if line.strip().startswith("2020-")]
    [row] = rows
    assert row.split()[0] == STAMPS[32]
    assert row.split()[5] == "above"
    assert re.search(r"days\.csv: 1 anomaly in 48 points, period 7, seasonal\n$", out)
    assert not COLOUR.search(out)
    assert cli.main(["detect", write(), "--all"]) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.strip().startswith("2020-")]
    assert [row.split()[0] for row in rows] == STAMPS


def test_a_terminal_gets_colours_unless_it_asks_for_none(
    capsys: Capture, write: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert cli.main(["detect", write()]) == 0
    assert "\x1b[31m" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    assert cli.main(["detect", write()]) == 0
    assert "\x1b[31m" not in capsys.readouterr().out


@pytest.mark.parametrize(("arguments", "code"), [([], 0), (["--fail-on-anomaly"], 2)])
def test_findings_make_the_code_2_if_the_option_is_given(
    write: Callable[..., str], arguments: list[str], code: int
) -> None:
    assert cli.main(["detect", write(), *arguments]) == code


def test_nothing_found_is_0_even_when_asked(write: Callable[..., str]) -> None:
    flat = write(values=[5.0] * 48)
    assert cli.main(["detect", flat, "--fail-on-anomaly"]) == 0


def test_a_bad_file_does_not_stop_the_others(
    capsys: Capture, write: Callable[..., str], tmp_path: Path
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("timestamp,value\n2026-01-01,1,5\n")
    short = write("short.csv", count=5)
    arguments = ["detect", write("a.csv"), str(bad), short, write("b.csv.gz"), "--format", "csv"]
    assert cli.main([*arguments, "--fail-on-anomaly"]) == 1
    captured = capsys.readouterr()
    files = {row["file"].rpartition("/")[2] for row in csv.DictReader(io.StringIO(captured.out))}
    assert files == {"a.csv", "b.csv.gz"}
    assert captured.out.count("expected") == 1
    assert f"{bad}: line 2: 3 fields where the first row has 2; a comma within a number" in captured.err
    assert re.search(r"short\.csv: .*\(InvalidSeries\)\n", captured.err)


def test_several_answers_in_json_are_a_line_each(capsys: Capture, write: Callable[..., str]) -> None:
    assert cli.main(["detect", write("a.csv"), write("b.csv"), "--format", "json"]) == 0
    assert [line.encode() for line in capsys.readouterr().out.splitlines()] == [sent(granularity="daily")] * 2


def test_rows_without_a_value_are_counted(capsys: Capture, tmp_path: Path) -> None:
    path = tmp_path / "gaps.csv"
    cells = ["" if index in {5, 9} else f"{value!r}" for index, value in enumerate(VALUES)]
    path.write_text("timestamp,value\n" + "".join(f"{s},{c}\n" for s, c in zip(STAMPS, cells, strict=True)))
    assert cli.main(["detect", str(path)]) == 0
    assert capsys.readouterr().err.endswith("gaps.csv: 2 rows without a value taken as gaps\n")
    assert cli.main(["detect", str(path), "--granularity", "none"]) == 0
    assert capsys.readouterr().err.endswith("gaps.csv: 2 rows without a value left out\n")


def test_points_out_of_order_are_sorted_when_asked(
    capsys: Capture, tmp_path: Path, write: Callable[..., str]
) -> None:
    name = write()
    path = tmp_path / "days.csv"
    title, *rows = path.read_text().splitlines(keepends=True)
    path.write_text(title + "".join([rows[20], *rows[:20], *rows[21:]]))
    assert cli.main(["detect", name, "--format", "json"]) == 1
    assert (
        "line 3: the timestamp is before the one above; sort the file, or use --sort"
        in capsys.readouterr().err
    )
    assert cli.main(["detect", name, "--format", "json", "--sort"]) == 0
    assert capsys.readouterr().out.encode() == sent(granularity="daily")


def test_a_field_without_effect_is_refused(capsys: Capture, write: Callable[..., str]) -> None:
    assert cli.main(["detect", write(), "--changepoint", "--sensitivity", "5"]) == 1
    assert capsys.readouterr().err == "--sensitivity: no effect on changepoint\n"
    assert cli.main(["detect", write(), "--threshold", "0.5"]) == 1
    assert capsys.readouterr().err == "--threshold: no effect on entire\n"


@pytest.mark.parametrize(
    "arguments",
    [["--threshold", "nan"], ["--max-anomaly-ratio", "inf"], ["--timeout", "0"], ["--last", "--changepoint"]],
)
def test_wrong_arguments_exit_with_1(capsys: Capture, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as refusal:
        cli.main(["detect", "file.csv", *arguments])
    assert refusal.value.code == 1
    assert arguments[0].strip("-") in capsys.readouterr().err.replace("--", "") or arguments[1] in arguments


def test_a_long_series_is_cut_and_every_point_has_a_row(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detect, "Limits", lambda: Limits(max_points=300))
    path = tmp_path / "long.csv"
    rows = zip(hourly(700), white(700, 3).tolist(), strict=True)
    path.write_text("timestamp,value\n" + "".join(f"{stamp},{value!r}\n" for stamp, value in rows))
    assert cli.main(["detect", str(path), "--format", "csv"]) == 0
    captured = capsys.readouterr()
    assert (
        "700 points in 4 windows of 300, each overlapping the one before by 150 (the last by 200)"
        in captured.err
    )
    assert len(captured.out.splitlines()) == 701
