"""Figures of a server with several workers, some of which die."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.support.payloads import ENTIRE_PATH, daily_body
from tests.system.server import GATE, SECONDS_TO_START, Server, running

if TYPE_CHECKING:
    from collections.abc import Iterator

LABELS = {"route": ENTIRE_PATH, "method": "POST", "status": "200"}


def answered(server: Server) -> float:
    text = requests.get(f"{server.url}/metrics", timeout=10).text
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "anomaly_requests_total" and sample.labels == LABELS
    )


def folders() -> Iterator[Path]:
    return Path("/dev/shm").glob("anomaly-metrics-*")  # noqa: S108  # where the server makes its own


def test_figures_are_those_of_all_workers_and_outlive_them(tmp_path: Path) -> None:
    figures = tmp_path / "figures"
    figures.mkdir()
    words = [*GATE, f"Mounts:Output={tmp_path}"]
    with running(words, {"PROMETHEUS_MULTIPROC_DIR": str(figures)}, workers=2) as server:
        sent = 0
        for _ in range(3):
            for _ in range(20):
                # A connection each, so that both workers get some.
                answer = requests.post(f"{server.url}{ENTIRE_PATH}", data=daily_body(24), timeout=10)
                sent += answer.status_code == 200
            assert answered(server) == sent
            victim = server.worker_pids[0]
            os.kill(victim, signal.SIGKILL)
            deadline = time.monotonic() + SECONDS_TO_START
            while victim in server.worker_pids or len(server.worker_pids) < 2:
                assert time.monotonic() < deadline
                time.sleep(0.02)
            server.wait_until_it_answers("readyz")
        assert answered(server) == sent == 60
        # A worker takes the place of one that died, and its files: they do not become more.
        assert len(list(figures.glob("counter_*.db"))) == 2
        server.stop()
    assert figures.is_dir()


def test_a_folder_of_its_own_goes_with_the_server(tmp_path: Path) -> None:
    before = set(folders())
    with running([*GATE, f"Mounts:Output={tmp_path}"]) as server:
        [folder] = [
            folder for folder in set(folders()) - before if str(server.process.pid) in owner(folder, server)
        ]
        server.stop()
    assert not folder.exists()


def owner(folder: Path, server: Server) -> str:
    """Return the id of the server when its environment names the folder; others run beside it."""
    environment = Path(f"/proc/{server.worker_pids[0]}/environ").read_bytes()
    mapped = Path(f"/proc/{server.worker_pids[0]}/maps").read_text()
    return str(server.process.pid) if str(folder).encode() in environment or str(folder) in mapped else ""
