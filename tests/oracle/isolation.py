"""Compare the isolation forest with scikit-learn's on seeded random matrices: `make oracle-test`.

The argument is an interpreter that has scikit-learn, which this one need not have.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.forest import _kernels
from anomaly_container.detection.forest.isolation import fit, offset
from tests.support.matrices import altered, matrix

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from anomaly_container.detection.numeric.arrays import FloatArray

SEEDED = 200
MOST_ROWS = 30_000
# One row, a full tree, a reservoir, the two ends of the permutation, and draws until there are enough.
ROWS = (1, 2, 3, 255, 256, 257, 258, 259, 1000, 25_599, 25_600, 25_601, 30_000)
COLUMNS = (1, 4, 50)


def cases() -> Iterator[FloatArray]:
    """Every number of rows at which something changes, and random ones."""
    random = np.random.default_rng(20260101)
    for rows in ROWS:
        for columns in COLUMNS:
            yield altered(random.normal(size=(rows, columns)), random)
    yield from (matrix(seed, MOST_ROWS) for seed in range(SEEDED))


def builds() -> dict[str, ModuleType | None]:
    """The twin in numpy, and the builds of the kernels that this processor can run."""
    found: dict[str, ModuleType | None] = {"numpy": None}
    if _kernels.compiled is not None:
        plain = import_module(f"{_kernels.__name__}._compiled")
        found |= {"compiled": plain}
        if plain.has_wide():
            found |= {"compiled, wide": import_module(f"{_kernels.__name__}._compiled_wide")}
    return found


def main(interpreter: str) -> int:
    """Print a table and return 1 if a score, an offset or a label differs in any bit."""
    matrices = list(cases())
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "matrices.npz"), Path(folder, "scores.npz")
        np.savez(source, *matrices)
        script = Path(__file__).with_name("scikit_learn.py")
        # An interpreter that make gives, and files of our own.
        subprocess.run([interpreter, script, source, target], check=True)  # noqa: S603
        with np.load(target) as archive:
            theirs = {name: archive[name] for name in archive.files}
    sizes = [len(values) for values in matrices]
    print(f"{len(sizes)} matrices of {min(sizes)} to {max(sizes)} rows, scikit-learn {theirs['version']}")
    failed = False
    for name, kernels in builds().items():
        _kernels.compiled = kernels
        equal, farthest, labels = 0, 0.0, 0
        for case, values in enumerate(matrices):
            scores = fit(values).scores(values)
            distance = float(np.abs(scores - theirs[f"scores {case}"]).max())
            distance = max(distance, abs(offset(scores) - float(theirs[f"offset {case}"])))
            other = int(np.count_nonzero((scores < offset(scores)) != theirs[f"outliers {case}"]))
            equal += distance == 0.0 and other == 0
            farthest, labels = max(farthest, distance), labels + other
            if distance or other:
                print(f"{name}: case {case}, {values.shape}: {distance:.1e} away, {other} other labels")
        print(f"{name}: {equal} equal bit for bit, largest difference {farthest}, {labels} other labels")
        failed |= equal < len(matrices)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
