"""Every mitigation that the threat model claims names a test that is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "THREAT_MODEL.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/.]+\.py(?:::\w+)?)`", PAGE)))


def rows_of_mitigations() -> list[list[str]]:
    """The cells of each row of the tables that say what shows a mitigation."""
    found, is_shown = [], False
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            is_shown = False
        elif cells[-1] == "Shown by":
            is_shown = True
        elif is_shown and not set(line) <= set("|-"):
            found.append(cells)
    return found


@pytest.mark.parametrize("named", NAMED)
def test_a_named_test_is_there(named: str) -> None:
    file, _, function = named.partition("::")
    text = (ROOT / file).read_text()
    assert re.search(rf"^(async )?def {function + '[(]' if function else 'test_'}", text, re.MULTILINE)


def test_every_mitigation_names_a_test() -> None:
    rows = rows_of_mitigations()
    assert len(rows) > 15
    for threat, mitigation, shown in rows:
        assert threat
        assert mitigation
        assert "`tests/" in shown, threat
