"""The fuzzer for a few seconds: it runs, the contract guides it, and it finds a fault that is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.fuzz.targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Callable

pytest.importorskip("atheris", reason="atheris is not there for this platform")

FUZZ = Path(__file__).parent
RUNS = 2000
RUNS_TO_THE_PLANTED_FAULT = 300_000


def fuzz(target: str, scratch: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """Fuzz a target, with everything that the fuzzer writes in a directory of the test."""
    found = scratch / "found"
    found.mkdir()
    command = [
        sys.executable,
        FUZZ / "fuzz.py",
        target,
        "-seed=1",
        f"-artifact_prefix={scratch}/",
        *words[:-1],
    ]
    return subprocess.run(  # noqa: S603 # our own program
        [*command, found, words[-1]], cwd=scratch, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.parametrize("target", TARGETS)
def test_no_new_input_breaks_the_promise(
    target: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    corpus = FUZZ / "corpus" / target
    before = {path.name for path in corpus.iterdir()}
    process = fuzz(target, tmp_path, f"-runs={RUNS}", "-max_total_time=20", corpus)
    assert process.returncode == 0, process.stderr[-4000:]
    assert {path.name for path in corpus.iterdir()} == before
    end = re.search(r"^#(\d+)\s+DONE\s+cov: (\d+) ft: (\d+)", process.stderr, re.MULTILINE)
    assert end is not None, process.stderr[-4000:]
    runs, branches, features = map(int, end.groups())
    record_property("shown", f"fuzzing {target} | {runs} inputs | {branches} branches, {features} features")
    assert runs > len(before)
    assert branches > 250


def test_a_planted_fault_is_found(tmp_path: Path) -> None:
    start = tmp_path / "start"
    start.mkdir()
    (start / "plain").write_bytes(b"plain")
    process = fuzz("planted", tmp_path, f"-runs={RUNS_TO_THE_PLANTED_FAULT}", "-max_total_time=90", start)
    assert process.returncode != 0, process.stderr[-4000:]
    assert "PlantedError" in process.stdout + process.stderr
    (crash,) = tmp_path.glob("crash-*")
    assert crash.read_bytes().startswith(b'{"s:')
