"""Long compressed files by `batches score` at a terminal: time, peak memory, and progress that is seen."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.batches import targets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.bench.batches.targets import Verdicts

ENTRYPOINT = Path(__file__).resolve().parents[3] / "entrypoint.py"
SHARE = re.compile(rb"(\d+)%")
FOUND = 2
"""The exit code if there are anomalies."""


@dataclass(frozen=True)
class Long:
    """What a long file cost: processor seconds, megabytes at most, and how many shares the bar showed."""

    seconds: float
    peak: float
    shares: int


def measure(path: Path, mode: str, out: Path) -> Long:
    """Score a file as at a terminal.

    Raises
    ------
    RuntimeError
        If the program fails.
    """
    master, slave = pty.openpty()
    words = [
        sys.executable,
        str(ENTRYPOINT),
        "batches",
        "score",
        f"Mode={mode}",
        str(path),
        "--out",
        str(out),
    ]
    environ = {"PATH": os.environ["PATH"], "TERM": "xterm", "COLUMNS": "120"}
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=slave, env=environ)  # noqa: S603  # our own words
    os.close(slave)
    drawn, peak = b"", 0.0
    with suppress(OSError):  # the terminal has no other end any more
        while piece := os.read(master, 1 << 16):
            drawn += piece
            peak = max(peak, peak_of(process.pid))
    os.close(master)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in {0, FOUND}:
        raise RuntimeError(drawn.decode(errors="replace"))
    return Long(usage.ru_utime + usage.ru_stime, peak, len(set(SHARE.findall(drawn))))


def peak_of(pid: int) -> float:
    """Return the megabytes that a process has held at most; 0 if it has ended."""
    with suppress(OSError):
        _, _, rest = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").partition("VmHWM:")
        if rest:
            return 1024 * int(rest.split()[0]) / 1e6
    return 0.0


def table(measured: Mapping[tuple[str, int], Long], verdicts: Verdicts) -> str:
    """Return seconds, memory and progress by mode; each mode has a million rows and ten."""
    lines = ["| Mode | Rows, gzip | seconds | peak, MB | shares shown |", "|---|---|---|---|---|"]
    for (mode, rows), long in measured.items():
        what = f"{mode}, {rows:,} rows, gzip"
        peak = verdicts.at_most(f"{what}, peak in MB", long.peak, targets.MEGABYTES)
        shares = verdicts.at_least(f"{what}, shares shown", long.shares, 2)
        lines.append(f"| {mode} | {rows:,} | {long.seconds:.2f} | {peak} | {shares} |")
    lines += [
        "",
        "| Mode | time of ten million / of one | peak of ten million / of one, apart from 1 |",
        "|---|---|---|",
    ]
    for mode in dict.fromkeys(mode for mode, _ in measured):
        one, ten = measured[mode, 1_000_000], measured[mode, 10_000_000]
        grown = verdicts.at_most(f"{mode}, growth to ten million", ten.seconds / one.seconds, targets.GROWTH)
        flat = verdicts.at_most(f"{mode}, memory flat", abs(ten.peak / one.peak - 1.0), targets.FLAT)
        lines.append(f"| {mode} | {grown} | {flat} |")
    return "\n".join(lines)
