"""An answer is the same, byte for byte, with the compiled kernels, with numpy, and on an older processor.

Vector instructions beyond the baseline are switched off in numpy and in its BLAS; the C library's own remain.
"""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from anomaly_container.detection import kernels_compiled
from tests.conformance.cases import FOLDER, GOLDEN

PROGRAM = Path(__file__).with_name("bodies.py")
_SIMD = np.show_config(mode="dicts")["SIMD Extensions"]
HERE: list[str] = _SIMD.get("found", [])
"""What numpy was built for beyond its baseline and this processor has."""
OLD = {"NPY_DISABLE_CPU_FEATURES": " ".join(HERE), "OPENBLAS_CORETYPE": "Nehalem"}
WAYS: dict[str, tuple[str, dict[str, str]]] = {
    "compiled": ("compiled", {}),
    "numpy": ("numpy", {}),
    "numpy, old processor": ("numpy", OLD),
    "compiled, old processor": ("compiled", OLD),
}
OTHERS = [way for way in WAYS if way != "compiled"]


@cache
def answers(way: str, folder: Path) -> dict[str, str]:
    """Return the body of each case, by its name, from a process of its own."""
    kernels, processor = WAYS[way]
    run = subprocess.run(  # noqa: S603  # fixed words
        [sys.executable, str(PROGRAM), kernels, str(folder)],
        env={"PATH": os.environ["PATH"], **processor},
        capture_output=True,
        text=True,
        check=True,
        timeout=250.0,
    )
    assert "RuntimeWarning" not in run.stderr, run.stderr
    return dict(line.split(" ", 1) for line in run.stdout.splitlines())


def test_there_are_instructions_to_switch_off() -> None:
    """Where this is skipped the comparisons below are of one way of computing alone."""
    if not HERE:
        pytest.skip("numpy uses no instructions here beyond its baseline")
    program = "import numpy; print(numpy.show_config(mode='dicts')['SIMD Extensions'].get('found', []))"
    found = subprocess.run(  # noqa: S603  # fixed words
        [sys.executable, "-c", program],
        env={"PATH": os.environ["PATH"], **OLD},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=60.0,
    )
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("way", OTHERS)
def test_golden_answers_are_the_same_bytes(way: str) -> None:
    if not kernels_compiled():
        pytest.skip("the kernels are not compiled: there was no compiler")
    assert answers(way, GOLDEN) == answers("compiled", GOLDEN)


@pytest.mark.skipif(not FOLDER.is_dir(), reason="no conformance cases: set CONFORMANCE_DIR to their folder")
@pytest.mark.parametrize("folder", ["service_cases", "service_cases_2"])
@pytest.mark.parametrize("way", OTHERS)
def test_service_answers_are_the_same_bytes(way: str, folder: str) -> None:
    if not kernels_compiled():
        pytest.skip("the kernels are not compiled: there was no compiler")
    found, compiled = answers(way, FOLDER / folder), answers("compiled", FOLDER / folder)
    assert found.keys() == compiled.keys()
    assert not [name for name, body in compiled.items() if found[name] != body]
