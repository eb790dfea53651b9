"""Files that the pages name are there, and every target of the Makefile is on the page for contributors.

The smallest example: `web/rate_limit.py` on a page is `anomaly_container/web/rate_limit.py`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.samples import ROOT, pages

PACKAGE = ROOT / "anomaly_container"
PLACES = (ROOT, PACKAGE)
# The first part of a path that can only be one of ours.
FIRST = {path.name for place in PLACES for path in place.iterdir() if path.is_dir()} - {"build"}
QUOTED = re.compile(r"`([\w.-]+(?:/[\w.*-]*)+)`")
STARTS = {"run", "batches", "streams", "streams-kafka"}
DAILY = STARTS | {"install", "install-dev", "test", "lint", "format", "clean"}


def named(text: str) -> list[str]:
    """The paths of ours that a page names between backticks."""
    return [path for path in QUOTED.findall(text) if path.partition("/")[0] in FIRST]


def is_there(path: str) -> bool:
    return any(any(place.glob(path)) if "*" in path else (place / path).exists() for place in PLACES)


@pytest.mark.parametrize("page", pages())
def test_a_named_file_is_there(page: str) -> None:
    text = (ROOT / page).read_text()
    assert [path for path in named(text) if not is_there(path)] == []


def test_a_path_is_told_from_other_words() -> None:
    assert named("`web/app.py`, `tests/unit/`, `text/csv`, `/livez`, `a/b` and web/body.py") == [
        "web/app.py",
        "tests/unit/",
    ]
    assert is_there("web/app.py")
    assert not is_there("web/body.py")


def test_what_the_table_names_first_is_a_path() -> None:
    """A row that lost its path would leave a reader alone."""
    page = (ROOT / "CONTRIBUTING.md").read_text()
    table = page[page.index("| to do this") : page.index("## What a change looks like")]
    rows = re.findall(r"^\| (.+?) \| (.+?) \| .*\|$", table, re.MULTILINE)[2:]
    assert len(rows) > 25
    assert [first for first, where in rows if not named(where)] == []


def test_every_other_target_is_among_the_longer_checks() -> None:
    [targets] = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    listed = re.findall(r"^\| `make ([a-z-]+)` \|", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted({*targets.split()} - DAILY)


def test_the_documentation_is_found() -> None:
    assert {"README.md", "CONTRIBUTING.md", "docs/architecture.md"} <= set(pages())
    assert Path(ROOT, "docs").is_dir()
