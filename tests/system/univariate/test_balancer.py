"""A container behind the balancer of `deploy/haproxy.cfg` can be stopped without one request refused."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import requests

from tests.support.payloads import daily_body
from tests.system.haproxy import haproxy, proxying
from tests.system.server import ENTRYPOINT, GATE, SECONDS_TO_START, Server, free_port, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CONFIGURATION = (ENTRYPOINT.parent / "deploy" / "haproxy.cfg").read_text()
PATH = "/anomalydetector/v1.1/timeseries/entire/detect"
CALLERS = 3


@contextmanager
def balancer(folder: Path, first: Server, second: Server) -> Iterator[str]:
    """HAProxy with our file, but for the addresses."""
    port, text = free_port(), CONFIGURATION
    for ours, here in (
        ("bind *:5000", f"bind 127.0.0.1:{port}"),
        ("192.0.2.11:5000", f"127.0.0.1:{first.port}"),
        ("192.0.2.12:5000", f"127.0.0.1:{second.port}"),
    ):
        assert text.count(ours) == 1
        text = text.replace(ours, here)
    url = f"http://127.0.0.1:{port}"
    with proxying(text, folder, f"{url}/readyz"):
        yield url


def calls(server: Server) -> float:
    """How many detections a container has answered."""
    page = requests.get(f"{server.url}/metrics", timeout=10).text
    lines = [
        line for line in page.splitlines() if line.startswith("anomaly_requests_total{") and PATH in line
    ]
    return sum(float(line.rpartition(" ")[2]) for line in lines)


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_container_leaves_without_a_request_refused(tmp_path: Path) -> None:
    with running(GATE) as first, running(GATE) as second, balancer(tmp_path, first, second) as url:
        statuses: list[int] = []
        is_over = threading.Event()

        def call() -> None:
            with requests.Session() as session:
                while not is_over.is_set():
                    try:
                        answer = session.post(f"{url}{PATH}", data=daily_body(48), timeout=30)
                    except requests.RequestException:
                        statuses.append(0)
                    else:
                        statuses.append(answer.status_code)

        callers = [threading.Thread(target=call) for _ in range(CALLERS)]
        for caller in callers:
            caller.start()
        try:
            wait_until(lambda: calls(first) > 0 and calls(second) > 0)
            first.process.send_signal(signal.SIGTERM)
            first.process.communicate(timeout=SECONDS_TO_START)
            before = len(statuses)
            wait_until(lambda: len(statuses) > before + 10)
        finally:
            is_over.set()
            for caller in callers:
                caller.join()
        assert first.process.returncode == 0
        assert set(statuses) == {200}


def test_the_file_is_one_that_haproxy_understands(tmp_path: Path) -> None:
    file = tmp_path / "haproxy.cfg"
    file.write_text(CONFIGURATION)
    checked = subprocess.run(  # noqa: S603  # a balancer of this machine with our own file
        [haproxy(), "-c", "-f", str(file)], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    assert "[WARNING]" not in checked.stderr
