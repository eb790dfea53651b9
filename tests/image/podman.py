"""Containers of the image under test, started as an operator starts them."""

from __future__ import annotations

import os
import subprocess
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import requests

from tests.system.server import SECONDS_TO_START, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

IMAGE = os.environ.get("IMAGE", "localhost/anomaly-container:test")
BASE_IMAGE = os.environ.get("BASE_IMAGE", "localhost/anomaly-container-run-base")
# What docs/image.md tells an operator to give.
HARDENED = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--tmpfs", "/tmp")  # noqa: S108  # a mount of the container


def podman(*words: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """Run one command to its end and return what it printed, whatever its exit code."""
    return subprocess.run(  # noqa: S603  # the words of a test
        ["podman", *words],  # noqa: S607  # wherever Debian puts it
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def output(*words: str, timeout: float = 120) -> str:
    """What a command that succeeds wrote to its standard output."""
    done = podman(*words, timeout=timeout)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_once(words: Sequence[str], options: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """Run the image to its end."""
    return podman("run", "--rm", "--no-healthcheck", *HARDENED, *options, IMAGE, *words)


def shell(script: str, options: Sequence[str] = ()) -> str:
    """What a shell script prints inside the image, as the user of the image."""
    words = ("--no-healthcheck", *HARDENED, *options, "--entrypoint", "sh", IMAGE, "-c", script)
    return output("run", "--rm", *words)


@dataclass(frozen=True)
class Container:
    """A container that runs in the background."""

    name: str
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def execute(self, *words: str) -> subprocess.CompletedProcess[str]:
        return podman("exec", self.name, *words)

    def logs(self) -> str:
        done = podman("logs", self.name)
        return done.stdout + done.stderr

    def exit_code(self) -> int:
        return int(output("container", "inspect", "--format", "{{.State.ExitCode}}", self.name))

    def is_running(self) -> bool:
        return output("container", "inspect", "--format", "{{.State.Running}}", self.name).strip() == "true"

    def is_healthy(self) -> bool:
        """Run the health check of the image, as a container runtime does."""
        return podman("healthcheck", "run", self.name).returncode == 0

    def wait_until_answers(self, path: str) -> None:
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline:
            try:
                if requests.get(f"{self.url}{path}", timeout=5).status_code == 200:
                    return
            except requests.ConnectionError:
                assert self.is_running(), self.logs()
                time.sleep(0.1)
        message = f"{path} was not answered within {SECONDS_TO_START} seconds: {self.logs()}"
        raise TimeoutError(message)


@contextmanager
def started(
    words: Sequence[str], options: Sequence[str] = (), port: int | None = None
) -> Iterator[Container]:
    """A container that listens on a port of the loopback device and is gone when the block ends.

    Without a port it is a free one.
    """
    container = Container(f"anomaly-container-test-{uuid.uuid4().hex}", port or free_port())
    listening = ("--env", "Host=127.0.0.1", "--env", f"Port={container.port}")
    output("run", "--detach", "--name", container.name, *HARDENED, *listening, *options, IMAGE, *words)
    try:
        yield container
    finally:
        output("rm", "--force", "--time", "10", "--volumes", container.name)
