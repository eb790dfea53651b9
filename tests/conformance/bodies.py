"""Run as a program: prints a line for each case of a folder, with "compiled" or "numpy" kernels.

A line holds the name of the case and the body that answers it, byte for byte.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # this file is run as a program

from anomaly_container.detection import _kernels
from tests.conformance.cases import body, read


def main() -> None:
    """Answer every case of the folder on the command line."""
    kernels, folder = sys.argv[1:]
    if kernels == "numpy":
        _kernels.compiled = None
    for name, case in read(folder):
        sys.stdout.write(f"{name} {body(case, case['path']).decode()}\n")


if __name__ == "__main__":
    main()
