"""Who may import whom, and where the names of the wire may be written."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).resolve().parents[2] / "anomaly_container"
MODULES = sorted(PACKAGE.rglob("*.py"))

# A layer is a folder or a file of the package; the package itself holds nothing but its version.
MAY_IMPORT = {
    "detection": set[str](),
    "contract": {"detection"},
    "cost": {"contract", "detection"},
    "engine": {"contract", "detection"},
    "listener": set[str](),
    "setting_checks": set[str](),
    "setting_files": set[str](),
    "setting_words": set[str](),
    "setting_sources": {"setting_files", "setting_words"},
    "settings": {"setting_checks", "setting_sources"},
    "configuration": {"setting_checks", "setting_sources", "settings"},
    "billing": {"listener", "setting_checks", "setting_words", "settings"},
    "observability": {"settings"},
    "web": {
        *("billing", "configuration", "contract", "cost", "detection", "engine", "listener"),
        *("observability", "settings"),
    },
    "command": {"contract", "detection", "engine", "settings"},
    "cli": {"billing", "command", "contract", "detection", "engine", "observability", "settings", "web"},
    "__main__": {"cli"},
    "health_check": set[str](),
}
SCIENCE = {"numpy", "scipy", "statsmodels"}
# A pure library does no input or output, reads no clock, logs nothing, knows no JSON and starts nothing.
IMPURE = {
    "asyncio",
    "concurrent",
    "datetime",
    "http",
    "io",
    "json",
    "logging",
    "multiprocessing",
    "os",
    "pathlib",
    "random",
    "secrets",
    "shutil",
    "socket",
    "subprocess",
    "sys",
    "tempfile",
    "threading",
    "time",
    "urllib",
    "uuid",
}
SERVERS = {"aiohttp", "asyncio", "gunicorn", "http", "socket", "uvloop"}

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


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module that a file names in an import, those for type checkers too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layer_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def forbidden_imports(source: str, layer: str) -> list[str]:
    """What a file of a layer imports and may not."""
    return [name for name in imported(ast.parse(source)) if not _allowed(name.split("."), layer)]


def _allowed(name: list[str], layer: str) -> bool:
    root = name[0]
    if root == PACKAGE.name:
        # `import anomaly_container` and its `__version__` are everyone's.
        return len(name) == 1 or name[1] in {layer, "__version__"} | MAY_IMPORT[layer]
    if layer == "detection":
        return root in SCIENCE or (root in sys.stdlib_module_names and root not in IMPURE)
    if layer == "contract":
        return root not in SERVERS
    return True


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


def test_every_module_belongs_to_a_layer() -> None:
    assert {layer_of(path) for path in MODULES} - {"__init__"} <= set(MAY_IMPORT)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down_the_street(path: Path) -> None:
    if layer_of(path) == "__init__":
        assert not list(imported(ast.parse(path.read_text())))
    else:
        assert not forbidden_imports(path.read_text(), layer_of(path))


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if layer_of(path) != "contract"],
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_wire_names_are_written_in_the_contract_alone(path: Path) -> None:
    assert not wire_names(path.read_text())


@pytest.mark.parametrize(
    ("layer", "statement"),
    [
        ("detection", "import anomaly_container.contract"),
        ("detection", "from anomaly_container import contract"),
        ("detection", "from anomaly_container.settings import Settings"),
        ("detection", "import json"),
        ("detection", "def f():\n    import time"),
        ("detection", "import pandas"),
        ("contract", "from anomaly_container.engine import run"),
        ("contract", "from aiohttp import web"),
        ("engine", "from anomaly_container.web import app"),
        ("settings", "from anomaly_container.web import app"),
        ("billing", "from anomaly_container.contract.request import Request"),
        ("web", "from anomaly_container import cli"),
        ("command", "from anomaly_container.web import app"),
        ("command", "from anomaly_container.billing import meter"),
    ],
)
def test_the_rule_sees_an_arrow_that_points_back(layer: str, statement: str) -> None:
    assert len(forbidden_imports(statement, layer)) == 1


def test_the_rule_lets_a_layer_use_those_below_and_itself() -> None:
    allowed = "import anomaly_container\nfrom anomaly_container import __version__, detection\nimport os\n"
    assert not forbidden_imports(f"{allowed}from anomaly_container.engine import run\n", "web")
    assert not forbidden_imports("from anomaly_container.detection import types\nimport math\n", "detection")


@pytest.mark.parametrize(
    "statement",
    ["x = 'isAnomaly'", "x = f'{y}, \"isAnomaly\": z'", 'x = b\'{"period":7,"isAnomaly":true}\''],
)
def test_the_rule_sees_a_wire_name_in_any_string(statement: str) -> None:
    assert wire_names(statement) == ["isAnomaly"]


def test_the_rule_lets_documentation_speak_of_the_wire() -> None:
    assert not wire_names('"""Makes isAnomaly."""\nx = "is anomaly"  # isAnomaly\n')
