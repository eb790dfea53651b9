"""The packages of the JavaScript clients."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.clients.installed import fetch, installed

SCRIPTS = Path(__file__).parent / "js"
LOCK = SCRIPTS / "package-lock.json"
NO_REGISTRY = re.compile(r"ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|E5\d\d")


def packages() -> Path:
    """Return the folder of installed packages; skips the test where there is no node, npm or registry."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are not installed")

    def install(folder: Path) -> None:
        for file in (SCRIPTS / "package.json", LOCK):
            shutil.copy(file, folder)
        fetch([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder, NO_REGISTRY)

    return installed("clients-js", [LOCK], install) / "node_modules"
