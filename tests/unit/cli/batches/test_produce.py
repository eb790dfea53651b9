"""The sample producer.

The smallest example: two files within one second are `sensors_20260301T123059.csv` and
`sensors_20260301T123059-2.csv`.
"""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def written(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "raw").iterdir())


def test_files_of_one_second_have_numbers(run: Callable[..., int], folder: Path) -> None:
    assert run("produce", "--count", "40", "--every", "0", "--rows", "2") == 0
    names = written(folder)
    assert len(names) == 40
    assert all(re.fullmatch(r"sensors_\d{8}T\d{6}(-\d+)?\.csv", name) for name in names)
    assert any(name.endswith("-2.csv") for name in names)


def test_the_names_of_the_files_are_printed(
    run: Callable[..., int], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("produce", "--count", "2", "--every", "0") == 0
    assert sorted(capsys.readouterr().out.split()) == [f"raw/{name}" for name in written(folder)]


def test_a_seed_gives_the_same_values(run: Callable[..., int], folder: Path) -> None:
    for _ in range(2):
        assert run("produce", "--count", "1", "--seed", "5", "--rows", "3") == 0
    first, second = ((folder / "raw" / name).read_text().splitlines() for name in written(folder))
    assert [line.partition(",")[2] for line in first] == [line.partition(",")[2] for line in second]


def test_a_signal_ends_an_endless_producer(run: Callable[..., int], folder: Path) -> None:
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    before = signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        assert run("produce", "--every", "3600") == 0
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert len(written(folder)) == 1


def test_the_variable_of_the_original_is_the_interval(
    run: Callable[..., int], folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("INTERVAL_SECONDS", "0")
    assert run("produce", "--count", "3", "--rows", "1") == 0
    assert len(written(folder)) == 3
    monkeypatch.setenv("INTERVAL_SECONDS", "soon")
    assert run("produce", "--count", "3") == 1
    assert capsys.readouterr().err == "INTERVAL_SECONDS: it must be a number from 0.0 to 86,400.0\n"


def test_a_store_that_cannot_be_written_is_an_error(
    run: Callable[..., int], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "raw").rmdir()
    (folder / "raw").write_text("no folder")
    assert run("produce", "--count", "1") == 1
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [("--rows", "0"), ("--every", "-1"), ("--anomalies", "2"), ("--count", "x")]
)
def test_numbers_out_of_bounds_are_refused(
    run: Callable[..., int], words: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run("produce", *words)
    assert ended.value.code == 1
    assert f"argument {words[0]}: it must be " in capsys.readouterr().err
