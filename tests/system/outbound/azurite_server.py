"""Azure's blob storage on loopback: azurite, installed once by npm from its lock."""

from __future__ import annotations

import base64
import hashlib
import hmac
import shutil
import subprocess
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from tests.clients.installed import fetch, installed
from tests.clients.npm import NO_REGISTRY
from tests.system.server import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent / "azurite"
LOCK = FOLDER / "package-lock.json"
ACCOUNT = "devstoreaccount1"
# The documented key of the emulator, the same everywhere.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
ENVIRONMENT = {"AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT, "AZURE_STORAGE_ACCOUNT_KEY": KEY}
VERSION = "2021-08-06"
SECONDS_TO_START = 30.0


@dataclass(frozen=True)
class Azurite:
    """A server of azurite."""

    endpoint: str

    def container(self) -> str:
        """Make a container."""
        name = f"container-{uuid.uuid4().hex[:12]}"
        date = formatdate(usegmt=True)
        signed = (
            "PUT" + 12 * "\n" + f"x-ms-date:{date}\nx-ms-version:{VERSION}\n"
            f"/{ACCOUNT}/{ACCOUNT}/{name}\nrestype:container"
        )
        signature = hmac.new(base64.b64decode(KEY), signed.encode(), hashlib.sha256).digest()
        response = requests.put(
            f"{self.endpoint}/{name}?restype=container",
            headers={
                "x-ms-date": date,
                "x-ms-version": VERSION,
                "Authorization": f"SharedKey {ACCOUNT}:{base64.b64encode(signature).decode()}",
            },
            timeout=10,
        )
        response.raise_for_status()
        return name


@contextmanager
def azurite() -> Iterator[Azurite]:
    """Serve on a free port; skips the test if there is no node, npm or registry."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("node and npm are not installed")

    def install(folder: Path) -> None:
        for file in (FOLDER / "package.json", LOCK):
            shutil.copy(file, folder)
        fetch([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder, NO_REGISTRY)

    main = installed("azurite", [LOCK], install) / "node_modules/azurite/dist/src/blob/main.js"
    port = free_port()
    words = [
        *(
            node,
            str(main),
            "--inMemoryPersistence",
            "--skipApiVersionCheck",
            "--disableTelemetry",
            "--silent",
        ),
        *("--blobHost", "127.0.0.1", "--blobPort", str(port)),
    ]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)  # noqa: S603  # what npm has installed
    try:
        served = Azurite(f"http://127.0.0.1:{port}/{ACCOUNT}")
        _wait(served.endpoint)
        yield served
    finally:
        process.kill()
        process.wait()


def _wait(endpoint: str) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            requests.get(endpoint, timeout=5)
        except requests.ConnectionError:
            assert time.monotonic() < end, "azurite does not start"
            time.sleep(0.1)
        else:
            return
