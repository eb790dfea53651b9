"""A file on a real disk that is full for a while.

The smallest example: half of the results are written, the disk is full, the file ends with a whole line;
there is room again, and the other half is written, once.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from tests.system.small_disk import words_for_a_megabyte

ROOT = Path(__file__).resolve().parents[3]
END = 1000


def test_what_a_full_disk_did_not_take_is_written_when_there_is_room(tmp_path: Path) -> None:
    small = words_for_a_megabyte(tmp_path)
    if not small:
        pytest.skip("nobody may mount a disk in a namespace of one's own here")
    words = [*small, sys.executable, "-m", "tests.system.streams.writer", str(tmp_path), "0", str(END)]
    with subprocess.Popen(  # noqa: S603  # our own module
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        # `unshare` is replaced by the command: this is the process that sees the disk.
        seen = Path(f"/proc/{process.pid}/root{tmp_path}")
        try:
            assert process.stdout.readline() == f"full at {END // 2}\n"
            full = (seen / "results.jsonl").read_bytes()
            assert full.endswith(b"\n")
            assert ids(full) == [f"orders-0-{number}" for number in range(END // 2)]
            go_on(process)
            assert process.stdout.readline() == f"all to {END + 1}\n"
            assert ids((seen / "results.jsonl").read_bytes()) == [f"orders-0-{n}" for n in range(END)]
            assert ids((seen / "parked.jsonl").read_bytes()) == [f"orders-0-{END}"]
            go_on(process)
            assert process.wait(20) == 0
        finally:
            process.kill()


def ids(content: bytes) -> list[str]:
    return [orjson.loads(line)["id"] for line in content.splitlines()]


def go_on(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
