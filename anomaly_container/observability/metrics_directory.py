"""The folder in which the processes of one server keep their figures for Prometheus."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import MutableMapping

FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Where the Prometheus library looks for it, once, when it is imported."""
IN_MEMORY: Final = "/dev/shm"  # noqa: S108  # a folder of our own is made in it


def prepare_folder(environ: MutableMapping[str, str]) -> Path:
    """Make the folder, in memory if possible, and name it in the environment; one named there stays."""
    if FOLDER_VARIABLE not in environ:
        parent = IN_MEMORY if os.access(IN_MEMORY, os.W_OK) else None
        environ[FOLDER_VARIABLE] = tempfile.mkdtemp(prefix="anomaly-metrics-", dir=parent)
    return Path(environ[FOLDER_VARIABLE])


def remove_in(process: int, folder: Path) -> None:
    """Remove the folder in the process that made it, and leave it alone in those forked from it."""
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)
