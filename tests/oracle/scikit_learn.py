"""Scores, offset and outliers by scikit-learn's isolation forest: `scikit_learn.py MATRICES SCORES`."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import sklearn
from sklearn.ensemble import IsolationForest

OUTLIERS = 0.05
SEED = 42


def main(source: str, target: str) -> None:
    """Read an archive of matrices and write one of answers."""
    answers: dict[str, Any] = {"version": sklearn.__version__}
    with np.load(source) as archive:
        for case, name in enumerate(archive.files):
            forest = IsolationForest(contamination=OUTLIERS, random_state=SEED).fit(archive[name])
            answers[f"scores {case}"] = forest.score_samples(archive[name])
            answers[f"offset {case}"] = forest.offset_
            answers[f"outliers {case}"] = forest.predict(archive[name]) < 0
    np.savez(target, **answers)


if __name__ == "__main__":
    main(*sys.argv[1:])
