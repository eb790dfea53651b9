"""Pictures: made, named, refused; and what they draw of many points."""

from __future__ import annotations

from importlib import util
from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.cli import main as cli
from anomaly_container.cli.detect.downsample import column_starts, highest, lowest, means, whole_seasons
from tests.support.signals import hourly, seasonal, white

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize("suffix", [".png", ".svg"])
@pytest.mark.parametrize("arguments", [[], ["--last"], ["--changepoint"]])
def test_pictures_are_made(
    write: Callable[..., str], tmp_path: Path, suffix: str, arguments: list[str]
) -> None:
    picture = tmp_path / f"out{suffix}"
    assert cli.main(["detect", write(), "--plot", str(picture), *arguments]) == 0
    raw = picture.read_bytes()
    assert raw.startswith(b"\x89PNG\r\n") if suffix == ".png" else b"<svg " in raw


def test_several_pictures_have_names_of_their_own(write: Callable[..., str], tmp_path: Path) -> None:
    arguments = ["detect", write("a.csv"), write("b c.csv.gz"), "--plot", str(tmp_path / "out.svg")]
    assert cli.main(arguments) == 0
    assert sorted(path.name for path in tmp_path.glob("*.svg")) == ["out-1-a.svg", "out-2-b-c.svg"]


def test_pictures_without_matplotlib_name_the_extra(
    capsys: Capture, write: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    find = util.find_spec
    monkeypatch.setattr(
        "anomaly_container.cli.detect.plot.find_spec",
        lambda name: None if name == "matplotlib" else find(name),
    )
    assert cli.main(["detect", write(), "--plot", "out.png"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "--plot needs matplotlib: pip install 'anomaly-container[plot]'\n"


@pytest.mark.parametrize(
    ("name", "said"),
    [("out.pdf", "--plot takes a name that ends in .png or .svg"), ("no/out.png", "No such file")],
)
def test_a_picture_that_cannot_be_written_is_an_error(
    capsys: Capture, write: Callable[..., str], tmp_path: Path, name: str, said: str
) -> None:
    assert cli.main(["detect", write(), "--plot", str(tmp_path / name)]) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["--changepoint"]])
def test_a_long_series_is_drawn_in_columns(tmp_path: Path, arguments: list[str]) -> None:
    """An SVG that draws each point has a coordinate for each; columns need fewer."""
    path, picture = tmp_path / "long.csv", tmp_path / "long.svg"
    rows = zip(hourly(6000), seasonal(6000, 24, 3).tolist(), strict=True)
    path.write_text("timestamp,value\n" + "".join(f"{stamp},{value!r}\n" for stamp, value in rows))
    assert cli.main(["detect", str(path), "--period", "24", "--plot", str(picture), *arguments]) == 0
    assert 1200 < picture.read_text().count("\nL ") < 12_000


@pytest.mark.parametrize("points", [1, 7, 1200, 1201, 21_600])
def test_columns_hold_every_point_and_their_extremes(points: int) -> None:
    values = white(points, points)
    starts = column_starts(points, 1200)
    columns = np.split(values, starts[1:])
    assert len(columns) == min(points, 1200)
    assert max(map(len, columns)) - min(map(len, columns)) <= 1
    assert lowest(values, starts).tolist() == [column.min() for column in columns]
    assert highest(values, starts).tolist() == [column.max() for column in columns]


def test_means_are_of_whole_seasons_where_these_are_too_short_to_see() -> None:
    assert whole_seasons(21_600, 1200, 24) == 24
    assert whole_seasons(21_600, 1200, 168) == 168
    assert whole_seasons(21_600, 1200, 1440) == 18
    assert whole_seasons(21_600, 1200, 0) == 18
    assert np.allclose(means(np.tile([1.0, 2.0, 3.0], 11), 6), [2.0] * 5)
    assert np.isfinite(means(np.full(8, 1e308), 4)).all()
