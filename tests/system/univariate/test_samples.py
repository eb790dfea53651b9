"""Every fenced command and sample of the documentation is run, or says what runs it or why nothing does."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from contextlib import redirect_stdout
from io import StringIO
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.clients.npm import packages
from tests.support.bodies import points
from tests.support.samples import LOCAL, ROOT, Block, pages, read
from tests.system.server import SECONDS_TO_START, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.system.server import Server

METERING = "docs/metering.md"
METER = "http://127.0.0.1:5001"
RUN_HERE = {"sh", "python", "js"}
SHOWN = {"json", "text"}
DATA = {*SHOWN, "yaml", ""}
BLOCKS = [block for page in pages() for block in read(page)]
SERIES = points(24)
COMMAND = re.compile(
    r"^    (?:make|python3?|pip|npm|node|docker|podman|curl|echo|git|kubectl|helm) ", re.MULTILINE
)


def runnable(page: str, language: str) -> list[tuple[Block, Block | None]]:
    """The blocks of a page to be run here, each with the block that shows what it prints."""
    blocks = read(page)
    return [
        (block, after if after is not None and after.follows and after.language in SHOWN else None)
        for block, after in zip_longest(blocks, blocks[1:])
        if block.language == language and not block.marker
    ]


def with_code(language: str) -> list[str]:
    return [page for page in pages() if runnable(page, language)]


def assert_prints(printed: str, shown: Block | None) -> None:
    if shown is None:
        return
    if shown.language == "json":
        assert parsed(printed) == parsed(shown.text), shown
    else:
        assert printed.strip() == shown.text.strip(), shown


def parsed(text: str) -> object:
    """Read JSON; the last digits of a number may differ between machines."""
    return json.loads(text, parse_float=lambda digits: round(float(digits), 9))


def run(words: list[str], folder: Path, **environ: str) -> str:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(  # noqa: S603  # our own pages
        words,
        cwd=folder,
        env={"PATH": path, **environ},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout


@pytest.fixture(scope="module")
def meter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The metering endpoint, started by the command on its page, on a port and in a folder of its own."""
    [command] = [block.text for block in read(METERING) if " meter " in block.text and block.language == "sh"]
    port, folder = free_port(), tmp_path_factory.mktemp("metering")
    own = {"Port=5001": f"Port={port}", "Directory=/var/lib/metering": f"Directory={folder}"}
    words = shlex.split(command)
    assert set(own) < set(words)
    process = subprocess.Popen(  # noqa: S603  # our own page
        [sys.executable, *(own.get(word, word) for word in words[1:])], cwd=ROOT, stdout=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + SECONDS_TO_START
        while True:
            assert process.poll() is None
            assert time.monotonic() < deadline
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.parametrize("page", with_code("sh"))
def test_commands_do_what_the_page_shows(server: Server, meter: str, tmp_path: Path, page: str) -> None:
    for block, shown in runnable(page, "sh"):
        assert shown is not None, f"{page}:{block.line} does not show what it prints"
        # In this order: a free port of the server may begin as that of the meter does.
        command = block.text.replace(METER, meter).replace(LOCAL, server.url)
        assert_prints(run(["bash", "-euo", "pipefail", "-c", command], tmp_path), shown)


@pytest.mark.parametrize("page", with_code("python"))
def test_python_samples_run_and_print_what_the_page_shows(server: Server, page: str) -> None:
    """The samples of a page run one after the other; `series` stands for the points of the reader."""
    names: dict[str, object] = {"series": SERIES}
    for block, shown in runnable(page, "python"):
        printed = StringIO()
        with redirect_stdout(printed):
            code = compile(block.text.replace(LOCAL, server.url), f"{page}:{block.line}", "exec")
            exec(code, names)  # noqa: S102  # our own pages
        assert_prints(printed.getvalue(), shown)


@pytest.mark.parametrize("page", with_code("js"))
def test_javascript_samples_run_and_print_a_verdict(server: Server, tmp_path: Path, page: str) -> None:
    installed = packages()
    node = shutil.which("node")
    assert node is not None
    series = json.dumps(SERIES)
    for block, _ in runnable(page, "js"):
        before = f"const series = {series}.map((p) => ({{ ...p, timestamp: new Date(p.timestamp) }}));\n"
        script = tmp_path / "sample.cjs"
        script.write_text(before + block.text.replace(LOCAL, server.url))
        assert run([node, str(script)], tmp_path, NODE_PATH=str(installed)).strip() in {"true", "false"}


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: f"{block.page}:{block.line}")
def test_a_block_is_run_or_says_why_not(block: Block) -> None:
    if not block.marker:
        assert block.language in RUN_HERE | DATA, (
            "say `<!-- run by tests/... -->` or `<!-- not run: reason -->`"
        )
        return
    runner = re.match(r"run by (tests/\S+\.py)", block.marker)
    if runner is None:
        assert re.match(r"not run: \w.{10,}", block.marker), block.marker
        return
    text = (ROOT / runner[1]).read_text()
    assert block.page in text, f"{runner[1]} does not read {block.page}"


@pytest.mark.parametrize("page", pages())
def test_commands_are_fenced(page: str) -> None:
    assert not COMMAND.search((ROOT / page).read_text())


def test_there_is_something_to_run() -> None:
    assert {"README.md", METERING, "docs/migrate.md"} <= set(with_code("sh"))
    assert {"README.md", "docs/migrate.md", "docs/recipes/pandas.md"} <= set(with_code("python"))
    assert len(runnable("docs/migrate.md", "js")) == 3
