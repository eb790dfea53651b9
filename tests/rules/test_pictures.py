"""The pictures of the documentation are what the project's code draws today; that of the README is small."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).resolve().parents[2]
PICTURES = sorted((ROOT / "docs" / "pictures").glob("*.svg"))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    words = [sys.executable, str(ROOT / "docs" / "pictures.py"), str(folder)]
    subprocess.run(words, env={"PYTHONPATH": str(ROOT)}, check=True, timeout=120)  # noqa: S603  # our own script
    return folder


def test_no_picture_is_missing_or_left_over(drawn: Path) -> None:
    assert [path.name for path in PICTURES] == sorted(path.name for path in drawn.iterdir())
    pages = "".join((ROOT / "docs" / f"{name}.md").read_text() for name in ("algorithms", "streams"))
    assert all(f"(pictures/{path.name})" in pages for path in PICTURES)


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.stem)
def test_a_picture_is_drawn_the_same_again(drawn: Path, picture: Path) -> None:
    """To a pixel: the last digit of a number may differ between machines."""
    kept, new = (list(ET.parse(path).iter()) for path in (picture, drawn / picture.name))  # noqa: S314  # our own files
    assert [(part.tag, part.text) for part in kept] == [(part.tag, part.text) for part in new]
    for one, other in zip(kept, new, strict=True):
        assert numbers(one) == pytest.approx(numbers(other), abs=0.11)


def numbers(part: ET.Element) -> list[float]:
    if "points" in part.attrib:
        return [float(number) for number in part.attrib["points"].replace(",", " ").split()]
    return [float(part.attrib[name]) for name in ("cx", "cy", "x", "y", "height") if name in part.attrib]


@pytest.mark.parametrize(("picture", "rings"), [("season", 3), ("sensitivity", 5), ("change-points", 4)])
def test_a_picture_shows_the_anomalies_its_caption_counts(drawn: Path, picture: str, rings: int) -> None:
    assert (drawn / f"{picture}.svg").read_text().count("<circle") == rings


def test_the_picture_of_the_workbench_is_small_and_shown_with_a_text() -> None:
    picture = ROOT / "docs" / "pictures" / "workbench.png"
    content = picture.read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(content) < 150_000
    [text] = re.findall(r"!\[([^\]]+)\]\(docs/pictures/workbench\.png\)", (ROOT / "README.md").read_text())
    assert "chart" in text
