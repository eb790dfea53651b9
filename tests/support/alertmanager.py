"""A real Prometheus Alertmanager on loopback."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from typing import TYPE_CHECKING, Any, Final

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM: Final = "prometheus-alertmanager"
SECONDS_TO_START: Final = 20.0
CONFIGURATION: Final = """
route: {receiver: hook, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
receivers:
  - name: hook
    webhook_configs: [{url: "URL", send_resolved: true}]
"""


class Alertmanager:
    """What is asked of it, and its address."""

    def __init__(self, url: str) -> None:
        self.url = url

    def alerts(self, **query: str) -> list[dict[str, Any]]:
        """Return the alerts that it shows."""
        found: list[dict[str, Any]] = requests.get(
            f"{self.url}/api/v2/alerts", params=query, timeout=5
        ).json()
        return found


@contextlib.contextmanager
def alertmanager(folder: Path, hook: str = "http://127.0.0.1:9/") -> Iterator[Alertmanager]:
    """Run one, which tells a webhook; skip the test where the program is not installed.

    Parameters
    ----------
    folder
        An empty folder.
    hook
        Where its notifications go.
    """
    if shutil.which(PROGRAM) is None:
        pytest.skip(f"{PROGRAM} is not installed")
    (folder / "alertmanager.yml").write_text(CONFIGURATION.replace("URL", hook))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    words = [
        PROGRAM,
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log)  # noqa: S603  # our own words
    try:
        served = Alertmanager(f"http://127.0.0.1:{port}")
        _wait_until_ready(served, process)
        yield served
    finally:
        process.terminate()
        process.wait(10)


def _wait_until_ready(served: Alertmanager, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        assert process.poll() is None, "Alertmanager has ended"
        with contextlib.suppress(requests.RequestException):
            if requests.get(f"{served.url}/-/ready", timeout=1).ok:
                return
        time.sleep(0.05)
    pytest.fail("Alertmanager does not start")
