"""What docs/access.md and docs/operate.md say of keys and certificates, typed in one folder line by line."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from itertools import zip_longest
from typing import TYPE_CHECKING

import pytest

from tests.clients.npm import packages
from tests.support.samples import Block, read
from tests.support.shell import environment, typed
from tests.system.server import Server, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGES = ("docs/access.md", "docs/operate.md")
MARKER = "run by tests/system/univariate/test_access_samples.py"
SCRIPTS = {"python": "ask.py", "js": "ask.cjs"}


class Reader:
    """Types what the pages say, in a folder and on a port of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._environ = environment(NODE_PATH=str(packages()))
        self._server: Server | None = None

    def do(self, block: Block) -> str | None:
        """Return what a block prints; None for a server that goes on and for a script that is run later."""
        text = block.text.replace("localhost:5000", f"localhost:{self._port}")
        if text.startswith("anomaly-container serve "):
            self._serve(text)
            return None
        if block.language in SCRIPTS:
            (self._folder / SCRIPTS[block.language]).write_text(text)
        if block.language == "js":
            return None
        return self._run("python ask.py" if block.language == "python" else text)

    def _run(self, script: str) -> str:
        return typed(script, self._folder, self._environ).replace(str(self._port), "5000")

    def _serve(self, text: str) -> None:
        own = {"Port=5000": f"Port={self._port}", "file:///tmp/": f"file://{self._folder}/"}
        for theirs, ours in own.items():
            assert theirs in text
            text = text.replace(theirs, ours)
        _, *words = shlex.split(text.replace("\\\n", " "))
        process = subprocess.Popen(  # noqa: S603  # our own page
            [sys.executable, "-m", "anomaly_container", *words, "Host=127.0.0.1"],
            cwd=self._folder,
            env=self._environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._server = Server(process, self._port, self._folder / "root.pem")
        self._server.wait_until_it_answers("ready")

    def close(self) -> None:
        """End what was started."""
        if self._server is not None and self._server.process.poll() is None:
            self._server.stop()


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    typing = Reader(tmp_path)
    yield typing
    typing.close()


def blocks_run_here() -> list[tuple[Block, Block | None]]:
    """The blocks that are run here, each with the block that shows what it prints."""
    return [
        (block, after if after is not None and after.follows and after.language == "text" else None)
        for page in PAGES
        for block, after in zip_longest(read(page), read(page)[1:])
        if block.marker == MARKER
    ]


def test_the_commands_print_what_the_pages_show(reader: Reader) -> None:
    blocks = blocks_run_here()
    assert {block.language for block, _ in blocks} == {"sh", "python", "js"}
    for block, shown in blocks:
        printed = reader.do(block)
        if shown is not None:
            assert printed is not None
            assert printed.strip() == shown.text.strip(), f"{block.page}:{block.line}"
