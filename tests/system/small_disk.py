"""A small disk that only one server sees, and how to fill it."""

from __future__ import annotations

import errno
import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MOUNTED = 'mount -t tmpfs -o size={}m tmpfs "$0" && exec "$@"'


def words_for_a_megabyte(folder: Path, megabytes: int = 1) -> list[str]:
    """What goes before a command so that for it alone the folder is a disk of 1 MB; the process is the same.

    Others see it below `/proc/<its process>/root`. A test may want a larger disk.

    Nothing where this machine lets nobody mount a disk in a namespace of one's own.
    """
    unshare = shutil.which("unshare")
    words = [
        str(unshare),
        *("--user", "--map-root-user", "--mount", "sh", "-c", MOUNTED.format(megabytes), str(folder)),
    ]
    probe = unshare and subprocess.run([*words, "true"], capture_output=True, check=False)  # noqa: S603  # as above
    return words if probe and probe.returncode == 0 else []


def fill(file: Path) -> None:
    """Take what space there is, to the last octet."""
    with file.open("ab", buffering=0) as stream:
        for size in (4096, 1):
            try:
                while True:
                    stream.write(bytes(size))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
