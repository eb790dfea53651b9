"""Files of several series: each is named in every format, and one that fails does not stop the others."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from anomaly_container.cli import main as cli
from tests.support.payloads import daily_values
from tests.support.sensors import READINGS, SENSORS, STRAY, sensor_readings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Capture = pytest.CaptureFixture[str]
DAYS = [f"{date(2026, 1, 1) + timedelta(days=day)}" for day in range(48)]
FLAT = [5.0 + day % 2 for day in range(48)]


@pytest.fixture
def wide(tmp_path: Path) -> str:
    """A table of a spiked and a quiet column."""
    path = tmp_path / "wide.csv"
    rows = zip(DAYS, daily_values(48), FLAT, strict=True)
    path.write_text("day,odd one,quiet\n" + "".join(f"{day},{odd!r},{quiet}\n" for day, odd, quiet in rows))
    return str(path)


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_columns_that_hold_numbers_are_listed_and_taken_when_named(capsys: Capture, wide: str) -> None:
    assert cli.main(["detect", wide]) == 1
    assert capsys.readouterr().err == (
        f"{wide}: 2 columns hold numbers: odd one, quiet; name one or several with --value-column, "
        "or all of them by the word all\n"
    )
    assert cli.main(["detect", wide, "--value-column", "quiet,odd one", "--format", "csv"]) == 0
    assert [row["series"] for row in table(capsys.readouterr().out)] == ["quiet"] * 48 + ["odd one"] * 48


def test_the_table_names_each_series(capsys: Capture, wide: str) -> None:
    assert cli.main(["detect", wide, "--value-column", "all"]) == 0
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert f"{wide}: odd one: 1 anomaly in 48 points, period 7, seasonal" in lines
    assert any(line.startswith(f"{wide}: quiet: 0 anomalies in 48 points") for line in lines)
    assert f"{wide}: quiet: granularity" in captured.err


def test_json_is_a_line_for_each_series_with_its_name(capsys: Capture, wide: str) -> None:
    assert cli.main(["detect", wide, "--value-column", "odd one", "--format", "json"]) == 0
    alone = capsys.readouterr().out
    assert cli.main(["detect", wide, "--value-column", "all", "--format", "json"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert json.loads(first) == {"series": "odd one", "answer": json.loads(alone)}
    assert json.loads(second)["series"] == "quiet"
    assert cli.main(["detect", wide, wide, "--value-column", "all", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[0])["file"] == wide


def test_each_series_has_a_picture(wide: str, tmp_path: Path) -> None:
    arguments = ["detect", wide, "--value-column", "all", "--plot", str(tmp_path / "out.svg")]
    assert cli.main(arguments) == 0
    assert sorted(path.name for path in tmp_path.glob("*.svg")) == ["out-odd-one.svg", "out-quiet.svg"]


def test_pictures_of_names_that_look_alike_in_a_file_system_stay_apart(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(
        "day,a/b,a b\n"
        + "".join(f"{day},{v},{v + day_ % 3}\n" for day_, (day, v) in enumerate(zip(DAYS, FLAT, strict=True)))
    )
    arguments = ["detect", str(path), "--value-column", "all", "--plot", str(tmp_path / "out.svg")]
    assert cli.main(arguments) == 0
    assert sorted(path.name for path in tmp_path.glob("*.svg")) == ["out-a-b-2.svg", "out-a-b.svg"]


def test_a_series_that_fails_does_not_stop_the_others(capsys: Capture, tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    rows = [f"{day},long,{value}\n" for day, value in zip(DAYS, FLAT, strict=True)]
    rows += [f"{day},short,{value}\n" for day, value in zip(DAYS[:5], FLAT, strict=False)]
    path.write_text("day,place,load\n" + "".join(rows))
    assert cli.main(["detect", str(path), "--by", "place", "--format", "json"]) == 1
    captured = capsys.readouterr()
    answered, refused = map(json.loads, captured.out.splitlines())
    assert len(answered["answer"]["isAnomaly"]) == 48
    assert refused == {
        "series": "short",
        "answer": {"code": "InvalidSeries", "message": refused["answer"]["message"]},
    }
    assert f"{path}: short: " in captured.err


def test_one_table_has_files_of_one_series_or_of_several(
    capsys: Capture, wide: str, write: Callable[..., str], tmp_path: Path
) -> None:
    long = tmp_path / "long.csv"
    long.write_text(
        "day,place,v\n" + "".join(f"{day},{p},{v}\n" for day, v in zip(DAYS, FLAT, strict=True) for p in "ab")
    )
    assert cli.main(["detect", write(), str(long), "--format", "csv"]) == 1
    captured = capsys.readouterr()
    assert {row["file"].rpartition("/")[2] for row in table(captured.out)} == {"days.csv"}
    assert f"{long}: a: cannot be in one table with the files before" in captured.err
    assert cli.main(["detect", str(long), wide, "--value-column", "3", "--format", "csv"]) == 1
    assert {row["series"] for row in table(capsys.readouterr().out)} == {"a", "b"}


def test_five_sensors_of_1632_points_are_answered_without_a_word(capsys: Capture, tmp_path: Path) -> None:
    path = tmp_path / "sensors.csv"
    path.write_text(sensor_readings())
    assert cli.main(["detect", str(path), "--format", "csv"]) == 0
    captured = capsys.readouterr()
    rows = table(captured.out)
    assert [row["series"] for row in rows] == [name for name in SENSORS for _ in range(READINGS)]
    flagged = {
        (row["series"], index % READINGS) for index, row in enumerate(rows) if row["anomaly"] == "above"
    }
    assert set(STRAY.items()) <= flagged
    assert captured.err.count("granularity minutely, custom interval 5 (every step alike)") == 5


@pytest.mark.parametrize("columns", ["20", "80"])
def test_numbers_are_never_cut(
    capsys: Capture, wide: str, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    arguments = ["detect", wide, "--value-column", "odd one", "--all", "--impute-mode", "linear"]
    assert cli.main(arguments) == 0
    out = capsys.readouterr().out
    assert "…" not in out
    assert all(day in out for day in DAYS)


def test_timestamps_are_printed_as_they_came_in(capsys: Capture, tmp_path: Path) -> None:
    path = tmp_path / "epochs.csv"
    cells = [str(1_700_000_000 + 3600 * hour) for hour in range(48)]
    path.write_text(
        "time,value\n" + "".join(f"{c},{v}\n" for c, v in zip(cells, daily_values(48), strict=True))
    )
    assert cli.main(["detect", str(path), "--all"]) == 0
    out = capsys.readouterr().out
    assert all(f"  {cell} " in out for cell in cells)
    assert "000000000" not in out
