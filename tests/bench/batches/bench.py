"""What batches cost beside the original's rules; writes the measured part of docs/performance-batches.md."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from tests.bench import page
from tests.bench.batches import long_files, paired, peer_environment, small_files, tables
from tests.bench.batches.targets import Verdicts

PAGE = Path(__file__).resolve().parents[3] / "docs" / "performance-batches.md"
SIZES = (100, 10_000, 100_000, 1_000_000)
TIMES = 10
LONG_MODE = "default"


def main() -> int:
    """Measure all, write the page, and return 1 if a target is missed."""
    peer = peer_environment.make()
    verdicts = Verdicts()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        out = folder / "out"
        out.mkdir()
        files = {rows: folder / f"rows{rows}.csv" for rows in SIZES}
        for rows, path in files.items():
            tables.write(path, rows, seed=rows)
        measured = paired.measure(peer, files[10_000], files, out)
        parts = [
            *("### Beside the original's rules", paired.table(measured, verdicts)),
            *("### Growth", paired.growth(measured, verdicts)),
            *("### Long files", _long(folder, files[SIZES[-1]], out, verdicts)),
            *("### Small files through the service", _small(folder, verdicts)),
        ]
    load = f"{page.machine()}; load average at the end {os.getloadavg()[0]:.1f}. The original's rules: "
    report = [f"{load}{', '.join(peer_environment.IMPORTED)}.", *parts, "### Targets", verdicts.words()]
    page.write("\n\n".join(report), PAGE)
    sys.stdout.write(f"{verdicts.words()}\n{PAGE}\n")
    return 1 if verdicts.missed else 0


def _long(folder: Path, table: Path, out: Path, verdicts: Verdicts) -> str:
    """Score a million rows and ten million, compressed."""
    measured = {}
    for times in (1, TIMES):
        path = folder / f"times{times}.csv.gz"
        tables.write_repeated(path, table, times)
        measured[LONG_MODE, times * SIZES[-1]] = long_files.measure(path, LONG_MODE, out)
    return long_files.table(measured, verdicts)


def _small(folder: Path, verdicts: Verdicts) -> str:
    """Let the service score many files, once in each mode."""
    measured = {mode: small_files.measure(folder / mode, mode) for mode in paired.MODES}
    return small_files.table(measured, verdicts)


if __name__ == "__main__":
    sys.exit(main())
