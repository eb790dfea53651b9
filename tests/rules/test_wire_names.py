"""Where the names of the wire may be written: in the contract of a service.

The smallest example: `x = 'isAnomaly'` outside a contract is one name too many.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "anomaly_container"
MODULES = sorted(PACKAGE.rglob("*.py"))
WIRE_NAMES = {
    "customInterval",
    "maxAnomalyRatio",
    "imputeMode",
    "imputeFixedValue",
    "imputeStrategy",
    "imputeValue",
    "fillUpMode",
    "boundaryVersion",
    "stableTrendWindow",
    "expectedValue",
    "expectedValues",
    "upperMargin",
    "upperMargins",
    "lowerMargin",
    "lowerMargins",
    "isAnomaly",
    "isNegativeAnomaly",
    "isPositiveAnomaly",
    "isChangePoint",
    "confidenceScores",
    "suggestedWindow",
}
WIRE_NAME = re.compile(rf"\b(?:{'|'.join(WIRE_NAMES)})\b")


def wire_names(source: str) -> list[str]:
    """The wire names in the strings of a file, its documentation aside."""
    tree = ast.parse(source)
    documentation = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in documentation:
            text = node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
            found += WIRE_NAME.findall(text) if isinstance(text, str) else []
    return found


def is_in_a_contract(path: Path) -> bool:
    parts = path.relative_to(PACKAGE).parts
    return parts[0] == "services" and parts[2:3] in {("contract",), ("contract.py",)}


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if not is_in_a_contract(path)],
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_wire_names_are_written_in_a_contract_only(path: Path) -> None:
    assert not wire_names(path.read_text())


@pytest.mark.parametrize(
    "statement",
    ["x = 'isAnomaly'", "x = f'{y}, \"isAnomaly\": z'", 'x = b\'{"period":7,"isAnomaly":true}\''],
)
def test_the_rule_sees_a_wire_name_in_any_string(statement: str) -> None:
    assert wire_names(statement) == ["isAnomaly"]


def test_the_rule_lets_documentation_speak_of_the_wire() -> None:
    assert not wire_names('"""Makes isAnomaly."""\nx = "is anomaly"  # isAnomaly\n')
