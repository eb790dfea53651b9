"""The published forest rrcf: builds trees from `train.f8` of a folder, and scores a few of `rows.f8`.

`rrcf_forest.py FOLDER COLUMNS TREES SAMPLE SEED DECAY ROUNDS`. A row is scored as its documentation does, by
insertion, displacement and deletion in each tree. Prints the processor time of each.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import rrcf  # type: ignore[import-not-found]  # it is in an environment of its own

FEW = 10
"""Rows that are scored: each takes some 20 milliseconds."""


def main(folder: str, *words: str) -> None:
    """Measure."""
    columns, trees, sample, seed = (int(word) for word in words[:4])
    random = np.random.default_rng(seed)
    train, rows = (
        np.fromfile(Path(folder, name), dtype="<f8").reshape(-1, columns) for name in ("train.f8", "rows.f8")
    )
    seconds: dict[str, list[float]] = {"train": [], "score": []}
    for _ in range(int(words[5])):
        begin = time.process_time()
        forest = [rrcf.RCTree(train[random.choice(len(train), sample, replace=False)]) for _ in range(trees)]
        seconds["train"].append(time.process_time() - begin)
        begin = time.process_time()
        for row in rows[:FEW]:
            for tree in forest:
                tree.insert_point(row, index="new")
                tree.codisp("new")
                tree.forget_point("new")
        seconds["score"].append((time.process_time() - begin) / FEW)
    sys.stdout.write(json.dumps({name: min(taken) for name, taken in seconds.items()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
