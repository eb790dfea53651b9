"""What a reader of a page types, run by bash."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.samples import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

# The command of an installation, run from this tree.
COMMAND = 'anomaly-container() { python -m anomaly_container "$@"; }\n'


def environment(**others: str) -> dict[str, str]:
    """The variables that a reader has who installed this tree."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {"PATH": path, "PYTHONPATH": str(ROOT), **others}


def typed(script: str, folder: Path, environ: Mapping[str, str]) -> str:
    """Return what a script prints on both outputs; it must not fail."""
    done = subprocess.run(  # noqa: S603  # our own pages
        ["bash", "-euo", "pipefail", "-c", COMMAND + script],  # noqa: S607  # as the pages' readers have it
        cwd=folder,
        env=dict(environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, (script, done.stdout)
    return done.stdout
