"""What a part of the package loads when it is imported.

The smallest example: `import anomaly_container.web.app` loads no numpy.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from anomaly_container.services import LIBRARIES
from tests.support.samples import ROOT

PACKAGE = "anomaly_container"
SCIENCE = {"numpy", "scipy"}
SCIENCE_OF = {"univariate": SCIENCE, "batches": {"numpy"}, "streams": {"numpy"}, "meter": set[str]()}
SHELL = f"{PACKAGE}.web.app"
WITH_SETTINGS = sorted(path.parent.name for path in (ROOT / PACKAGE / "services").glob("*/settings.py"))


END = "-- the modules --"


def loaded_by(program: str, *words: str) -> set[str]:
    """The modules that a fresh process has after a program with these words."""
    done = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-c", f"{program}\nimport sys\nprint({END!r}, *sys.modules, sep='\\n')", *words],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(done.stdout.partition(END)[2].split())


def below(modules: set[str], package: str) -> set[str]:
    """The names directly below a package of ours: libraries for `detection`, services for `services`."""
    prefix = f"{PACKAGE}.{package}."
    return {name.removeprefix(prefix).split(".")[0] for name in modules if name.startswith(prefix)}


def test_the_shell_loads_no_library_and_no_service() -> None:
    loaded = loaded_by(f"import {SHELL}")
    assert SHELL in loaded
    assert not loaded & SCIENCE
    assert below(loaded, "detection") == set()
    assert below(loaded, "services") == set()


@pytest.mark.parametrize("service", sorted(LIBRARIES))
def test_a_service_loads_its_own_libraries_and_no_other_service(service: str) -> None:
    loaded = loaded_by(f"import {PACKAGE}.services.{service}.service")
    libraries = set(LIBRARIES[service])
    # What libraries share comes with the first of them, and so do the numerical packages that they need.
    assert below(loaded, "detection") == (libraries | {"numeric"} if libraries else set())
    assert loaded & SCIENCE == SCIENCE_OF[service]
    assert below(loaded, "services") == {service}


def test_a_service_without_libraries_loads_no_numpy() -> None:
    loaded = loaded_by("import tests.support.toy")
    assert "tests.support.toy" in loaded
    assert not loaded & SCIENCE
    assert below(loaded, "detection") == set()


@pytest.mark.parametrize("service", WITH_SETTINGS)
def test_the_settings_of_a_service_load_neither_a_library_nor_a_server(service: str) -> None:
    loaded = loaded_by(f"import {PACKAGE}.services.{service}.settings")
    assert not loaded & {*SCIENCE, "aiohttp", f"{PACKAGE}.web"}
    assert below(loaded, "detection") == set()


def test_the_start_loads_nothing_that_only_a_worker_needs() -> None:
    """It resolves the settings and becomes gunicorn, which loads everything anew."""
    loaded = loaded_by(f"import {PACKAGE}.process.launch")
    assert not loaded & {*SCIENCE, "aiohttp", "asyncio", "gunicorn", "logging", "msgspec", "requests", "ssl"}
    assert f"{PACKAGE}.web" not in loaded
    assert f"{PACKAGE}.observability" not in loaded


def test_the_health_check_loads_the_standard_library_only() -> None:
    """It runs every half minute beside a server that needs the processor."""
    loaded = loaded_by(f"import {PACKAGE}.process.health_check") - loaded_by("")
    ours = {name for name in loaded if name.split(".")[0] == PACKAGE}
    assert ours == {PACKAGE, f"{PACKAGE}.process", f"{PACKAGE}.process.health_check"}
    assert {name.split(".")[0] for name in loaded - ours} <= sys.stdlib_module_names


@pytest.mark.parametrize(
    ("words", "exit_code"),
    [
        (["check-config", "Eula=accept", "Billing=http://127.0.0.1:5001/", "ApiKey=key"], 0),
        (["check-config"], 1),
        # It would become gunicorn, but for the settings that it needs.
        (["serve"], 1),
        (["meter", "Port=none"], 1),
    ],
)
def test_a_command_loads_no_numpy_before_it_needs_it(words: list[str], exit_code: int) -> None:
    loaded = loaded_by(
        f"import sys\nfrom {PACKAGE}.cli.main import main\nassert main(sys.argv[1:]) == {exit_code}", *words
    )
    assert f"{PACKAGE}.process.launch" in loaded
    assert not loaded & {*SCIENCE, "aiohttp"}
    assert below(loaded, "detection") == set()
    # Only the module of the command that is given.
    assert f"{PACKAGE}.cli.detect" not in loaded
    assert f"{PACKAGE}.cli.usage" not in loaded


def test_what_every_worker_needs_is_loaded_before_the_fork() -> None:
    assert {"aiohttp.web", "uvloop.loop"} <= loaded_by(f"import {PACKAGE}.process.worker")
