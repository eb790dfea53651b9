"""The JavaScript clients, installed once for each lock file, in a folder that git ignores."""

from __future__ import annotations

import fcntl
import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parent / "js"
INSTALLED = Path(__file__).parents[2] / "build" / "clients-js"
SECONDS_TO_INSTALL = 280
NO_REGISTRY = re.compile(r"ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|E5\d\d")


def packages() -> Path:
    """Return the folder of installed packages; skips the test where there is no node, npm or registry."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are not installed")
    lock = SCRIPTS / "package-lock.json"
    folder = INSTALLED / hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not (folder / ".complete").exists():
            _install(npm, folder)
            (folder / ".complete").touch()
    return folder / "node_modules"


def _install(npm: str, folder: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(SCRIPTS / name, folder)
    words = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(  # noqa: S603  # npm with the words above
        words, cwd=folder, capture_output=True, text=True, timeout=SECONDS_TO_INSTALL, check=False
    )
    if done.returncode and NO_REGISTRY.search(done.stderr):
        pytest.skip("the registry of npm does not answer")
    assert done.returncode == 0, done.stderr
