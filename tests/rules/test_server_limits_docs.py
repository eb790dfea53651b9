"""docs/server-limits.md has every limit, and each row names a test that is there."""

from __future__ import annotations

import re
from itertools import takewhile
from pathlib import Path

import pytest

from anomaly_container.settings.load import COMMON_NAMES

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "server-limits.md").read_text()
TABLE = [*takewhile(lambda line: line.startswith("|"), PAGE[PAGE.index("| what") :].splitlines())][2:]
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def test_there_are_rows() -> None:
    assert len(TABLE) > 15


@pytest.mark.parametrize("name", [name for name in COMMON_NAMES if name.startswith("Limits:")])
def test_every_setting_of_a_limit_has_a_row(name: str) -> None:
    assert any(f"`{name}`" in row for row in TABLE)


@pytest.mark.parametrize("row", TABLE)
def test_a_row_names_a_test_that_is_there(row: str) -> None:
    *_, shown = row.strip("| ").split(" | ")
    found = NAMED.findall(shown)
    assert found
    for file, function in found:
        text = (ROOT / file).read_text()
        assert re.search(rf"^(async )?def {function + '[(]' if function else 'test_'}", text, re.MULTILINE)
