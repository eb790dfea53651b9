"""Counts the instructions of a request by branch; `--renew` stores them as what the tests compare with.

Instructions do not depend on what else the machine does, as time does. They are those of parsing, detection
and rendering, as valgrind's cachegrind counts them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # this file is run as a program, too

from anomaly_container.detection.univariate import _kernels, kernels_compiled

PROGRAM = Path(__file__).with_name("counted.py")
STORED = Path(__file__).with_name("instructions.json")
MOST_MORE = 1.25
"""Times the stored number that is still accepted."""
SECONDS_TO_COUNT = 280.0


def builds() -> dict[str, str]:
    """The builds of the kernels that can be counted here: what the stored figures call them, and our word."""
    compiled = _kernels.compiled
    name = {} if compiled is None else {compiled.__name__.rpartition(".")[2].strip("_"): "compiled"}
    return {"numpy": "numpy"} | name


def environment() -> str:
    """What the number of instructions depends on beside our code."""
    python = ".".join(platform.python_version_tuple()[:2])
    return f"{platform.machine()}, CPython {python}, numpy {version('numpy')}, scipy {version('scipy')}"


def count(kernels: str) -> dict[str, int]:
    """Return the instructions of each case, with "compiled" or "numpy" kernels.

    Raises
    ------
    subprocess.CalledProcessError
        When a case could not be answered.
    """
    valgrind = shutil.which("valgrind")
    assert valgrind, "valgrind is not installed"
    with tempfile.TemporaryDirectory() as folder:
        words = [valgrind, "--tool=cachegrind", "--cache-sim=no", f"--cachegrind-out-file={folder}/%p"]
        run = subprocess.run(  # noqa: S603  # fixed words
            [*words, sys.executable, str(PROGRAM), kernels],
            env={"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            check=True,
            timeout=SECONDS_TO_COUNT,
        )
        lines = [line.split(maxsplit=2) for line in run.stdout.splitlines()]
        return {
            name.strip(): _executed(Path(folder, busy)) - _executed(Path(folder, idle))
            for idle, busy, name in lines
        }


def _executed(path: Path) -> int:
    """The instructions of one process: the total in the last line of its file."""
    word, number = path.read_text(encoding="utf-8").splitlines()[-1].split()
    assert word == "summary:", word
    return int(number)


def slower(counted: dict[str, int], stored: dict[str, int]) -> list[str]:
    """Say what now takes too many more instructions, or has no stored figure."""
    return [
        f"{name}: {number} instructions, stored {stored.get(name)}"
        for name, number in counted.items()
        if number > MOST_MORE * stored.get(name, 0)
    ]


def main() -> None:
    """Print what each case takes, and store it if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--renew", action="store_true", help=f"write {STORED.name}")
    renew = parser.parse_args().renew
    figures = {name: count(kernels) for name, kernels in builds().items()}
    for name, counted in figures.items():
        print(f"{name}:")
        for case, number in counted.items():
            print(f"  {number / 1e6:8.2f} million  {case}")
    if renew:
        assert kernels_compiled(), "the figures of compiled kernels would be lost"
        page = {"environment": environment(), **figures}
        STORED.write_text(json.dumps(page, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
