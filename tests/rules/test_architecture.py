"""docs/architecture.md lists the parts of the package, and the middlewares in the order of `web/app.py`."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "anomaly_container"
PAGE = (ROOT / "docs" / "architecture.md").read_text()


def rows(heading: str) -> list[list[str]]:
    """The cells of the table whose first column has this heading."""
    after = PAGE[PAGE.index(f"| {heading} |") :].splitlines()
    table = [line.strip() for line in after]
    end = next(index for index, line in enumerate(table) if not line.startswith("|"))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:end]]


def middlewares() -> list[str]:
    """The modules of the middlewares, in the order of the list that the application gets."""
    tree = ast.parse((PACKAGE / "web" / "app.py").read_text())
    prefix = "anomaly_container.web.middleware."
    modules = {
        alias.name: node.module.removeprefix(prefix)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(prefix)
        for alias in node.names
    }
    [given] = [
        node.value for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "middlewares"
    ]
    assert isinstance(given, ast.List)
    named = [name.id for part in given.elts for name in ast.walk(part) if isinstance(name, ast.Name)]
    return [modules[name] for name in named if name in modules]


def test_middlewares_stand_in_the_order_of_the_application() -> None:
    listed = [re.findall(r"`(\w+)`", cells[0])[0] for cells in rows("middleware")]
    assert listed == middlewares()
    assert len(listed) == 8
    files = {path.stem for path in (PACKAGE / "web" / "middleware").glob("*.py")} - {"__init__"}
    assert {*listed} == files


def test_every_part_of_the_package_has_a_row() -> None:
    parts = {re.findall(r"`([\w/.*]+)`", cells[0])[0].partition("/")[0] for cells in rows("part")}
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert parts == folders
