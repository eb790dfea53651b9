"""Who may import whom: a table without exceptions.

The smallest example: `web` may import `settings`, and never `detection`.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from anomaly_container.services import LIBRARIES, LIBRARIES_BY_SETTING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT_FOLDER = Path(__file__).resolve().parents[2]
PACKAGE = ROOT_FOLDER / "anomaly_container"
MODULES = sorted(PACKAGE.rglob("*.py"))
ROOT = "anomaly_container"
DETECTION = f"{ROOT}.detection"

# By part of the package: what it may import besides itself.
MAY_IMPORT = {
    "": set[str](),
    "detection": set[str](),
    "detection.numeric": set[str](),
    "detection.forest": {"detection.numeric"},
    "detection.batches": {"detection.numeric", "detection.forest"},
    "detection.univariate": {"detection.numeric"},
    "settings": set[str](),
    "observability": {"settings"},
    "metering": {"settings"},
    "outbound": {"settings", "observability"},
    "web": {"settings", "observability", "metering"},
    "services": set[str](),
    "process": {"services", "web", "metering", "observability", "settings"},
    "cli": {"process", "metering", "settings", "services.*.settings"},
    "cli.detect": {
        "cli",
        "services.univariate.contract",
        "services.univariate.engine",
        "detection.numeric",
        "detection.univariate",
    },
    "cli.batches": {
        "cli",
        # Of the shell only what works without a server: the gate and its error.
        "web.errors",
        "web.metering_gate",
        "process",
        "metering",
        "settings",
        "outbound",
        "services.batches",
        "detection.numeric",
        "detection.forest",
        "detection.batches",
    },
    "cli.streams": {
        "cli",
        "process",
        "metering",
        "settings",
        "outbound",
        "services.streams",
        "detection.numeric",
    },
    "__main__": {"cli"},
}
SERVICE_MAY_IMPORT = {"web", "outbound", "metering", "observability", "settings"}
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


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module that a file names in an import, those for type checkers too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def name_of(path: Path) -> str:
    """The name of a module below the package, `web.app`; of a package that of its folder."""
    parts = list(path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def part_of(name: str) -> str:
    """The part that a module belongs to: a folder, or a service, a library or a group of commands in it."""
    parts = name.split(".")
    inner = {
        "detection": len(parts) > 1,
        "services": len(parts) > 1,
        "cli": parts[1:2] in (["detect"], ["batches"], ["streams"]) and len(parts) > 1,
    }
    return ".".join(parts[: 2 if inner.get(parts[0]) else 1])


def allowed(module: str) -> set[str]:
    """What a module may import besides its own part."""
    part = part_of(module)
    if part.startswith("services."):
        if module.split(".")[2:3] == ["settings"]:
            return {"settings"}
        service = part.partition(".")[2]
        libraries = {*LIBRARIES[service], *LIBRARIES_BY_SETTING.get(service, ())}
        numeric = {"detection.numeric"} if libraries else set()
        return SERVICE_MAY_IMPORT | numeric | {f"detection.{library}" for library in libraries}
    return MAY_IMPORT[part]


def is_below(name: str, prefix: str) -> bool:
    if "*" in prefix:
        first, _, last = prefix.partition(".*.")
        parts = name.split(".")
        return parts[0] == first and parts[2:3] == [last]
    return name == prefix or name.startswith(f"{prefix}.")


def forbidden_imports(source: str, module: str) -> list[str]:
    """What the source of a module imports and may not."""
    return [name for name in imported(ast.parse(source)) if not _is_allowed(name, module)]


def _is_allowed(name: str, module: str) -> bool:
    root, _, rest = name.partition(".")
    part = part_of(module)
    if root == ROOT:
        # `__version__` is everybody's.
        return (
            rest in {"", "__version__"}
            or part_of(rest) == part
            or any(is_below(rest, prefix) for prefix in allowed(module) if prefix != "cli")
            or (part_of(rest) == "cli" and "cli" in allowed(module))  # none of its groups of commands
        )
    if part.startswith("detection"):
        return root in SCIENCE or (root in sys.stdlib_module_names and root not in IMPURE)
    if is_below(module, "services") and module.split(".")[2:3] == ["contract"]:
        return root not in SERVERS
    return True


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down_the_street(path: Path) -> None:
    assert not forbidden_imports(path.read_text(), name_of(path))


@pytest.mark.parametrize(
    ("module", "statement"),
    [
        ("detection.univariate.last", "import anomaly_container.services.univariate.contract"),
        ("detection.univariate.last", "from anomaly_container.settings.base import CommonSettings"),
        ("detection.univariate.last", "import json"),
        ("detection.univariate.last", "def f():\n    import time"),
        ("detection.univariate.last", "import pandas"),
        ("detection.forest.isolation", "from anomaly_container.detection.univariate import last"),
        ("detection.batches.csv_block", "import io"),
        ("detection.batches.csv_block", "from anomaly_container.detection.univariate import last"),
        ("detection.batches.compat", "from anomaly_container.detection.univariate import last"),
        ("detection.forest.isolation", "from anomaly_container.detection.batches import compat"),
        ("detection.numeric.moments", "from anomaly_container.detection.univariate import last"),
        ("services.univariate.contract.request", "from aiohttp import web"),
        ("services.univariate.settings", "from anomaly_container.web import app"),
        ("services.univariate.routes", "from anomaly_container.services.meter import store"),
        ("services.meter.handlers", "from anomaly_container.detection.univariate import last"),
        ("settings.base", "from anomaly_container.web import app"),
        ("metering.counter", "from anomaly_container.services.univariate.contract.request import Request"),
        ("web.app", "from anomaly_container import cli"),
        ("web.app", "from anomaly_container.outbound import object_store"),
        ("outbound.aws", "from anomaly_container.web import app"),
        ("outbound.aws", "from anomaly_container.metering import usage"),
        ("web.app", "from anomaly_container.detection.univariate import kernels_compiled"),
        ("web.app", "from anomaly_container.services import univariate"),
        ("process.launch", "from anomaly_container.detection.univariate import kernels_compiled"),
        ("cli.detect.command", "from anomaly_container.services.univariate import routes"),
        ("cli.main", "from anomaly_container.cli.detect import command"),
        ("cli.main", "from anomaly_container.cli.batches import command"),
        ("cli.main", "from anomaly_container.cli.streams import command"),
        ("cli.streams.train", "from anomaly_container.cli.batches import command"),
        ("cli.streams.train", "from anomaly_container.services.batches import table"),
        ("cli.streams.train", "from anomaly_container.web import app"),
        ("cli.main", "from anomaly_container.outbound import object_store"),
        ("cli.batches.score", "from anomaly_container.services.univariate import routes"),
        ("cli.batches.score", "from anomaly_container.detection.univariate import last"),
        ("cli.batches.backfill", "from anomaly_container.web import app"),
        ("cli.main", "from anomaly_container.web import app"),
    ],
)
def test_the_rule_sees_an_arrow_that_points_up(module: str, statement: str) -> None:
    assert len(forbidden_imports(statement, module)) == 1


@pytest.mark.parametrize(
    ("module", "statement"),
    [
        ("web.app", "from anomaly_container import __version__"),
        ("web.app", "from anomaly_container.metering.usage import Usage"),
        ("services.univariate.service", "from anomaly_container.outbound import object_store"),
        ("detection.univariate.last", "from anomaly_container.detection.numeric import moments"),
        ("detection.batches.compat", "from anomaly_container.detection.forest import isolation"),
        ("services.univariate.engine", "from anomaly_container.detection.univariate import last"),
        ("cli.main", "from anomaly_container.services.meter.settings import SETTINGS"),
        ("process.services", "from anomaly_container.services import PORTS"),
        ("cli.batches.score", "from anomaly_container.cli.progress import progress"),
        ("cli.batches.produce", "from anomaly_container.outbound import object_store"),
    ],
)
def test_the_rule_lets_a_part_use_those_below_and_itself(module: str, statement: str) -> None:
    assert not forbidden_imports(statement, module)


@pytest.mark.parametrize("name", ["entrypoint.py", "config/gunicorn.conf.py"])
def test_what_is_outside_the_package_imports_process_only(name: str) -> None:
    ours = [found for found in imported(ast.parse((ROOT_FOLDER / name).read_text())) if is_below(found, ROOT)]
    assert ours
    assert all(is_below(found, f"{ROOT}.process") for found in ours)


def test_one_module_of_batches_runs_the_univariate_engine() -> None:
    """The series detector, inside the function that uses it."""
    engine = f"{DETECTION}.univariate"
    found = {
        name_of(path)
        for path in (PACKAGE / "services" / "batches").rglob("*.py")
        if any(is_below(name, engine) for name in imported(ast.parse(path.read_text())))
    }
    assert found == {"services.batches.series"}
    series = ast.parse((PACKAGE / "services" / "batches" / "series.py").read_text())
    at_the_top = [node for node in series.body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert at_the_top
    assert not [name for node in at_the_top for name in imported(node) if is_below(name, engine)]


def test_no_two_modules_import_each_other_in_a_circle() -> None:
    """Imports for type checkers aside, which nothing runs."""
    arrows = {name_of(path): set(_arrows(path)) for path in MODULES}
    done: set[str] = set()

    def visit(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " -> ".join((*way, module))
        if module not in done:
            for target in sorted(arrows.get(module, ())):
                visit(target, (*way, module))
            done.add(module)

    for module in sorted(arrows):
        visit(module, ())


def _is_for_type_checkers(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


def _arrows(path: Path) -> Iterator[str]:
    known = {name_of(module) for module in MODULES}
    tree = ast.parse(path.read_text())
    tree.body = [
        node
        for node in tree.body
        if not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test))
    ]
    for name in imported(tree):
        if name.startswith(f"{ROOT}."):
            rest = name.removeprefix(f"{ROOT}.")
            yield rest if rest in known else rest.rpartition(".")[0]


@pytest.mark.parametrize("name", ["alarm", "encoders", "features", "report", "sketch"])
def test_a_pure_module_of_streams_has_no_clock_and_no_io(name: str) -> None:
    """Time is an argument; `datetime` only makes texts and numbers of it."""
    text = (PACKAGE / "services" / "streams" / f"{name}.py").read_text()
    roots = {found.partition(".")[0] for found in imported(ast.parse(text))}
    assert not roots & (IMPURE - {"datetime"})
    assert not [word for word in (".now(", ".today(", " open(") if word in text]
