"""The verb `score`.

The smallest example: 40 rows between 20 and 24, then 22 and 40. Of the two rows of the second file one is an
anomaly, 12.7 scales away; the limit is 4.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CLEAN = "t\n" + "".join(f"{20 + row % 5}\n" for row in range(40))
ODD = "t\n22\n40\n"


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "clean.csv").write_text(CLEAN)
    (tmp_path / "odd.csv").write_text(ODD)
    return str(tmp_path / "clean.csv"), str(tmp_path / "odd.csv")


def summary(folder: Path, name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / f"{name}_summary.json").read_bytes())
    return content


def test_a_file_is_scored_by_what_the_files_before_it_taught(
    run: Callable[..., int], files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run("score", *files, "--out", str(out)) == 2
    assert sorted(path.name for path in out.iterdir()) == [
        "clean.csv",
        "clean_summary.json",
        "odd.csv",
        "odd_summary.json",
    ]
    assert (out / "odd.csv").read_text().splitlines() == [
        "t,t_zscore,t_zscore_flag,severity,reason,anomaly",
        "22,0.0,False,0.0,,False",
        "40,12.6962,True,3.174,zscore:t,True",
    ]
    found = summary(out, "odd")
    assert (found["total_rows"], found["anomaly_count"], found["by_detector"]) == (2, 1, {"zscore": 1})
    assert found["source_key"] == "raw/odd.csv"
    assert found["source_etag"] == hashlib.md5(ODD.encode(), usedforsecurity=False).hexdigest()
    assert capsys.readouterr().err.splitlines() == [
        f"{files[0]}: 0 anomalies in 40 rows",
        f"{files[1]}: 1 anomaly in 2 rows, strongest zscore:t 3.174",
    ]


def test_one_file_goes_to_standard_output(
    run: Callable[..., int], files: tuple[str, str], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run("score", files[0]) == 0
    lines = capfdbinary.readouterr().out.decode().splitlines()
    assert len(lines) == 41
    assert lines[1].startswith("20,")


def test_a_packed_file_is_packed_alike_in_a_folder_and_plain_on_standard_output(
    run: Callable[..., int], tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    packed = tmp_path / "clean.csv.gz"
    packed.write_bytes(gzip.compress(CLEAN.encode()))
    assert run("score", str(packed)) == 0
    plain = capfdbinary.readouterr().out
    assert run("score", str(packed), "--out", str(tmp_path / "out")) == 0
    assert gzip.decompress((tmp_path / "out" / "clean.csv.gz").read_bytes()) == plain
    assert summary(tmp_path / "out", "clean")["total_rows"] == 40


def test_compat_mode_has_the_columns_of_the_original(
    run: Callable[..., int], files: tuple[str, str], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run("score", files[0], "Mode=compat", "Columns=t") == 0
    rows = list(csv.DictReader(io.StringIO(capfdbinary.readouterr().out.decode())))
    assert list(rows[0]) == ["t", "t_zscore", "t_zscore_flag", "if_label", "if_score", "if_flag", "anomaly"]


def test_a_baseline_of_the_original_is_known_before_the_first_file(
    run: Callable[..., int], files: tuple[str, str], tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    (tmp_path / "baseline.json").write_text(
        json.dumps({"t": {"count": 100, "mean": 22.0, "M2": 100.0, "std": 1.0}, "last_updated": None})
    )
    assert run("score", files[1], "--baseline", str(tmp_path / "baseline.json")) == 2
    rows = list(csv.DictReader(io.StringIO(capfdbinary.readouterr().out.decode())))
    assert [row["anomaly"] for row in rows] == ["False", "True"]
    # The scale of the default mode is 1.0025 of the deviation.
    assert float(rows[1]["t_zscore"]) == round(18 / 1.0025, 4)


def test_a_bad_file_does_not_stop_the_others(
    run: Callable[..., int], files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("t,u\n1,2\n1,2,3\n")
    gone, parquet = tmp_path / "gone.csv", tmp_path / "x.parquet"
    out = tmp_path / "out"
    words = [files[0], str(bad), str(gone), str(parquet), files[1]]
    assert run("score", *words, "--out", str(out)) == 1
    assert summary(out, "odd")["anomaly_count"] == 1
    assert sorted(path.name for path in out.iterdir())[:1] == ["clean.csv"]
    errors = capsys.readouterr().err.splitlines()
    assert errors[1:4] == [
        f"{bad}: ragged, line 3",
        f"{gone}: No such file or directory",
        f"{parquet}: no_parquet",
    ]


def test_nothing_is_overwritten(
    run: Callable[..., int], files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "odd.csv").write_text(ODD)
    refused = [
        ([*files], "Several files need --out: standard output takes one."),
        ([*files, "--out", str(tmp_path)], f"{files[0]} would be overwritten: --out must be another folder."),
        (
            [files[1], str(tmp_path / "other" / "odd.csv"), "--out", str(tmp_path / "out")],
            "Two of the files have one name, so that one result would overwrite the other.",
        ),
        ([files[1], "--out", files[0]], f"{files[0]}: File exists."),
    ]
    for words, message in refused:
        assert run("score", *words) == 1
        assert capsys.readouterr().err.splitlines() == [message]
    assert (tmp_path / "odd.csv").read_text() == ODD


def test_a_long_file_moves_the_bar_to_its_end(
    run: Callable[..., int], files: tuple[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In compat mode a file is read twice."""
    from contextlib import contextmanager  # noqa: PLC0415  # this test replaces the bar

    from anomaly_container.cli.batches import score  # noqa: PLC0415  # as above

    seen: list[tuple[int, int]] = []

    @contextmanager
    def progress(_name: str, is_long: bool, *_: object, unit: str) -> Iterator[Callable[[int, int], None]]:
        assert (is_long, unit) == (True, "bytes")
        yield lambda done, total: seen.append((done, total))

    monkeypatch.setattr(score, "progress", progress)
    monkeypatch.setattr(score, "LONG_BYTES", 10)
    size = len(CLEAN)
    for mode, passes in (("default", 1), ("compat", 2)):
        seen.clear()
        run("score", files[0], "--out", str(tmp_path / mode), f"Mode={mode}", "Columns=t")
        assert seen == [(size * done, size * passes) for done in range(1, passes + 1)]
