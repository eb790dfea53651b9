"""docs/errors.md lists every error there is, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from anomaly_container.contract.errors import FAULTS, PLATFORM_MESSAGES, Fault

ERRORS = Path(__file__).resolve().parents[2] / "docs" / "errors.md"


def rows(columns: int) -> list[tuple[str, ...]]:
    """Return the cells of every table row that begins with a code, without the marks of code."""
    lines = ERRORS.read_text(encoding="utf-8").splitlines()
    cells = [
        tuple(cell.strip().strip("`") for cell in line.strip("|").split("|"))
        for line in lines
        if line.startswith("| `")
    ]
    assert all(len(row) in {4, 5} for row in cells)
    return [row for row in cells if len(row) == columns]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.template[:40])
def test_every_error_of_detection_is_documented(fault: Fault) -> None:
    matching = [row for row in rows(4) if row[:2] == (fault.code, fault.template)]
    assert len(matching) == 1
    when, how_to_fix = matching[0][2:]
    assert when
    assert how_to_fix


def test_no_documented_error_of_detection_is_gone() -> None:
    assert {row[:2] for row in rows(4)} == {(str(fault.code), fault.template) for fault in FAULTS}


def test_the_order_of_the_tables_is_the_order_of_the_checks() -> None:
    assert [row[1] for row in rows(4)] == [fault.template for fault in FAULTS]


def test_every_other_error_is_documented_and_none_is_gone() -> None:
    documented = {row[0]: row[1:3] for row in rows(5)}
    expected = {str(status): (str(status), text) for status, text in PLATFORM_MESSAGES.items()}
    assert documented == expected
