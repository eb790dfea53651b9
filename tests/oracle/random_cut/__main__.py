"""Compare the random cut forest with krcf and with AWS's own: `make oracle-test`.

All are made of the same rows by draws of their own, so that they agree as far as krcf does with itself under
another seed.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import combinations, product
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import spearmanr

from tests.oracle.random_cut import forests
from tests.oracle.random_cut.forests import Run, Task
from tests.oracle.random_cut.rows import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anomaly_container.detection.numeric.arrays import FloatArray

TRAIN, SCORED = 3000, 2000
DECAYS = (0.0, 0.1 / 512)
SEEDS = (1, 2, 3)
BELOW_ITSELF = 0.01
"""How much less than krcf's with itself under another seed the rank correlation may be."""
MEAN_WITHIN = 0.05
LEAST_SAME_COLUMN = 0.9
"""Share of the rows with the highest scores whose main column is the same."""
HIGHEST = 20


def rank(one: FloatArray, other: FloatArray) -> float:
    """Return Spearman's correlation."""
    return float(spearmanr(one, other).statistic)


def ranks(pairs: Iterable[tuple[Run, Run]]) -> tuple[float, float]:
    """Return the medians of the correlations: of the scores after training, and while learning."""
    both = [(rank(one.scores, other.scores), rank(one.learned, other.learned)) for one, other in pairs]
    return median(first for first, _ in both), median(second for _, second in both)


def same_column(ours: Run, theirs: Run) -> float:
    """Return the share of their highest scores for which the main column is the same."""
    highest = np.argsort(theirs.scores)[-HIGHEST:]
    return float((ours.columns[highest] == theirs.columns[highest]).mean())


def main() -> int:
    """Print a table, and return 1 if a forest agrees less than it must."""
    failed = 0
    print("rows | decay | with | ranks | ranks, learning | mean score | same main column | krcf with itself")
    for kind, rows in KINDS.items():
        for decay in DECAYS:
            task = Task(rows(TRAIN, 1), rows(SCORED, 2), decay=decay)
            ours, krcf, *aws = (
                [run(replace(task, seed=seed)) for seed in SEEDS]
                for run in (forests.ours, forests.krcf, *([forests.aws] if forests.has_java() else []))
            )
            itself = ranks(combinations(krcf, 2))
            for name, theirs in zip(("krcf", "AWS"), (krcf, *aws), strict=False):
                pairs = list(product(ours, theirs))
                got = ranks(pairs)
                mean = median(one.scores.mean() / other.scores.mean() for one, other in pairs)
                same = median(same_column(one, other) for one, other in pairs)
                print(
                    f"{kind} | {decay:.2g} | {name} | {got[0]:.4f} | {got[1]:.4f} | {mean:.3f} | {same:.2f} |"
                    f" {itself[0]:.4f}, {itself[1]:.4f}"
                )
                is_near = abs(mean - 1.0) <= MEAN_WITHIN and same >= LEAST_SAME_COLUMN
                failed += not (is_near and all(np.array(got) >= np.array(itself) - BELOW_ITSELF))
    print(f"{failed} disagree")
    if not forests.has_java():
        print("AWS's forest was left out: there is no Java with a compiler, or no Maven")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
