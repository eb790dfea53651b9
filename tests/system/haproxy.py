"""HAProxy in front of servers of ours, where this machine has it."""

from __future__ import annotations

import shutil
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import requests

from tests.system.server import SECONDS_TO_START

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def haproxy() -> str:
    """Where HAProxy is; Debian keeps it where only root looks."""
    program = shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        pytest.skip("HAProxy is not there")
    return program


@contextmanager
def proxying(configuration: str, folder: Path, page: str, root: Path | None = None) -> Iterator[None]:
    """HAProxy with a configuration, from when a page is answered through it until the block ends."""
    file = folder / "haproxy.cfg"
    file.write_text(configuration)
    process = subprocess.Popen(  # noqa: S603  # a program of this machine with our own file
        [haproxy(), "-db", "-f", str(file)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + SECONDS_TO_START
        while not answers(page, root):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield
    finally:
        process.kill()
        process.wait()


def answers(page: str, root: Path | None) -> bool:
    try:
        return requests.get(page, timeout=5, verify=str(root) if root else True).status_code == 200
    except requests.ConnectionError:
        return False
