"""The commands of a target of the Makefile, which are not run."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]


def commands_of(target: str, *words: str, **environ: str) -> str:
    """The commands that make would run for a target, once the packages are installed."""
    return subprocess.run(  # noqa: S603  # our own Makefile
        ["make", "--dry-run", "--old-file=install", *words, target],  # noqa: S607  # as it is found
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    ).stdout
