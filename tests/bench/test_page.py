"""A run of the benchmark replaces what is between the markers and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bench.page import BEGIN, END, PAGE, write

if TYPE_CHECKING:
    from pathlib import Path


def test_the_rest_of_the_page_survives(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"by hand\n{BEGIN}\nold\n{END}\nrecord\n")
    for figure in ("one", "two"):
        write(figure, page)
        assert page.read_text() == f"by hand\n{BEGIN}\n{figure}\n{END}\nrecord\n"


@pytest.mark.parametrize("text", ["", BEGIN, END, f"{END}{BEGIN}", f"{BEGIN}{END}{END}"])
def test_a_page_without_its_markers_is_left_alone(tmp_path: Path, text: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(text)
    with pytest.raises(ValueError, match="once each"):
        write("figure", page)
    assert page.read_text() == text


def test_the_real_page_has_its_markers_once() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text.count(BEGIN) == text.count(END) == 1
