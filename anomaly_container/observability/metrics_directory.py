"""The folder in which the processes of a server share their metrics."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import MutableMapping

FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable that the Prometheus client reads when it is imported."""
IN_MEMORY: Final = "/dev/shm"  # noqa: S108  # mkdtemp creates a folder in it


def prepare_folder(environ: MutableMapping[str, str]) -> Path:
    """Create the folder, in memory if possible, and set the variable; keep a folder that is already set."""
    if FOLDER_VARIABLE not in environ:
        parent = IN_MEMORY if os.access(IN_MEMORY, os.W_OK) else None
        environ[FOLDER_VARIABLE] = tempfile.mkdtemp(prefix="anomaly-metrics-", dir=parent)
    return Path(environ[FOLDER_VARIABLE])


def remove_in(process: int, folder: Path) -> None:
    """Remove the folder, but only in the process that created it and not in its forks."""
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)
