"""S3 by versitygw, which holds objects as files: a server for production, not for tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import requests

from tests.clients.installed import BUILD
from tests.support.cloud import ENVIRONMENT, Cloud
from tests.system.server import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "versitygw"
NOT_INSTALLED = "versitygw is not installed: `make store-server` builds it"
SECONDS_TO_START = 30.0


def program() -> str | None:
    """Return the path of the server; None if it is not installed."""
    return shutil.which(NAME, path=os.pathsep.join([str(BUILD / "bin"), os.environ["PATH"]]))


@contextmanager
def versitygw(folder: Path) -> Iterator[Cloud]:
    """Serve a folder on a free port until the block ends; skips the test if the server is not installed."""
    found = program()
    if found is None:
        pytest.skip(NOT_INSTALLED)
    folder.mkdir(parents=True)
    port = free_port()
    words = [found, "--port", f"127.0.0.1:{port}", "--quiet", "--keep-alive", "posix", str(folder)]
    environment = {
        "PATH": os.environ["PATH"],
        "ROOT_ACCESS_KEY": ENVIRONMENT["AWS_ACCESS_KEY_ID"],
        "ROOT_SECRET_KEY": ENVIRONMENT["AWS_SECRET_ACCESS_KEY"],
    }
    process = subprocess.Popen(  # noqa: S603  # a program of this machine
        words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(f"http://127.0.0.1:{port}", process)
        yield Cloud(f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.wait()


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + SECONDS_TO_START
    while True:
        assert process.poll() is None, "the server has ended"
        try:
            requests.get(url, timeout=5)
        except requests.ConnectionError:
            assert time.monotonic() < ends, f"no answer after {SECONDS_TO_START} s"
            time.sleep(0.05)
        else:
            return
