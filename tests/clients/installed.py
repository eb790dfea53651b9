"""What package managers fetch for the clients, once for each set of versions, where git does not look."""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Mapping, Sequence

BUILD: Final = Path(__file__).parents[2] / "build"
SECONDS_TO_FETCH: Final = 200
SECONDS_TO_COMPILE: Final = 90


def installed(name: str, sources: Sequence[Path], install: Callable[[Path], None]) -> Path:
    """Return the folder that `install` has filled, in some process, for sources of this content."""
    digest = hashlib.sha256()
    for source in sources:
        digest.update(hashlib.sha256(source.read_bytes()).digest())
    folder = BUILD / name / digest.hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not (folder / ".complete").exists():
            install(folder)
            (folder / ".complete").touch()
    return folder


def fetch(words: Sequence[str], folder: Path, out_of_reach: re.Pattern[str]) -> None:
    """Run a package manager; skips the test if its registry does not answer, or not in time.

    Parameters
    ----------
    words
        Start the package manager.
    folder
        Where it is started.
    out_of_reach
        What it prints if nobody answers. Anything else that goes wrong fails the test.
    """
    try:
        done = subprocess.run(  # noqa: S603  # package managers with the words of our own modules
            words, cwd=folder, capture_output=True, text=True, timeout=SECONDS_TO_FETCH, check=False
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"{Path(words[0]).name}: its registry took more than {SECONDS_TO_FETCH} seconds")
    printed = done.stdout + done.stderr
    if done.returncode and out_of_reach.search(printed):
        pytest.skip(f"{Path(words[0]).name}: its registry does not answer")
    assert done.returncode == 0, printed


def compile_program(words: Sequence[str], folder: Path, environ: Mapping[str, str] | None = None) -> None:
    """Run a compiler, which has all that it needs; what goes wrong fails the test."""
    done = subprocess.run(  # noqa: S603  # compilers with the words of our own modules
        words,
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=SECONDS_TO_COMPILE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
