"""`python -m anomaly_container`, as a person types it, and every command of docs/command-line.md."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import pairwise
from typing import TYPE_CHECKING

from tests.support.payloads import daily_body
from tests.support.samples import LOCAL, ROOT, Block, read
from tests.support.shell import environment, typed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.system.server import Server

PAGES = ("docs/command-line.md", "docs/long-series.md")


def ran_here(page: str) -> list[tuple[Block, Block]]:
    """The commands of a page, each with the block that shows what it prints."""
    return [
        (block, shown)
        for block, shown in pairwise(read(page))
        if block.marker == "run by tests/system/univariate/test_command.py"
    ]


def run(script: str, folder: Path) -> str:
    """Return what a script prints on both outputs."""
    return typed(script, folder, environment(MPLCONFIGDIR=str(folder / "matplotlib")))


def detect(words: Sequence[str], sent: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-m", "anomaly_container", "detect", *words],
        cwd=ROOT,
        input=sent,
        capture_output=True,
        timeout=60,
        check=False,
    )


def shortened(text: str) -> list[str]:
    """Lines without blanks at their ends; the last digits of a number may differ between machines."""
    rounded = re.sub(r"\d+\.\d{10,}", lambda digits: f"{float(digits[0]):.9f}", text)
    return [line.rstrip() for line in rounded.strip().splitlines()]


def test_the_commands_of_the_page_print_what_it_shows(server: Server, tmp_path: Path) -> None:
    commands = [pair for page in PAGES for pair in ran_here(page)]
    assert len(commands) >= 9
    for block, shown in commands:
        assert shown.follows
        assert shown.language == "text"
        printed = run(block.text.replace(LOCAL, server.url), tmp_path)
        assert shortened(printed) == shortened(shown.text), f"{block.page}:{block.line}"


def test_a_request_from_standard_input_is_answered() -> None:
    done = detect(["-"], daily_body(48))
    assert done.returncode == 0
    assert len(json.loads(done.stdout)["isAnomaly"]) == 48
    assert done.stderr == b""


def test_findings_are_exit_code_2_and_no_trace_is_shown(tmp_path: Path) -> None:
    request = tmp_path / "request.json"
    request.write_bytes(daily_body(48))
    found = detect([str(request), "--fail-on-anomaly"])
    assert found.returncode == 2
    request.write_bytes(b"[" + b"9" * 5000 + b"]")
    refused = detect([str(request)])
    assert refused.returncode == 1
    assert refused.stderr.decode() == f"{request}: point 1: the value is too large\n"
