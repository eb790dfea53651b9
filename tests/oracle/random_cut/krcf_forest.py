"""The published forest krcf: trains on `train.f8` of a folder, scores `rows.f8` and learns them.

`krcf_forest.py FOLDER COLUMNS TREES SAMPLE SEED DECAY ROUNDS`. Writes `scores.f8`, `learned.f8` and
`columns.f8`, the column that contributes most, and prints the processor time of each.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import krcf  # type: ignore[import-not-found]  # it is in an environment of its own
import numpy as np


def trained(rows: list[list[float]], options: dict[str, Any]) -> Any:  # noqa: ANN401  # it has no types
    """Train point by point: it has no other way."""
    forest = krcf.RandomCutForest(options)
    for row in rows:
        forest.update(row)
    return forest


def main(folder: str, *words: str) -> None:
    """Measure and write."""
    columns, trees, sample, seed = (int(word) for word in words[:4])
    # The rate of decay is called `lambda`; another name is ignored without a word.
    options = {
        "dimensions": columns,
        "shingle_size": 1,
        "num_trees": trees,
        "sample_size": sample,
        "random_seed": seed,
        "lambda": float(words[4]),
        "initial_accept_fraction": 1.0,
        "output_after": 1,
        "parallel_execution_enabled": False,
    }
    train, rows = (
        np.fromfile(Path(folder, name), dtype="<f8").reshape(-1, columns).tolist()
        for name in ("train.f8", "rows.f8")
    )
    seconds: dict[str, list[float]] = {"train": [], "score": [], "learn": []}
    scores, learned, main_columns = list[float](), list[float](), list[np.intp]()
    for _ in range(int(words[5])):
        begin = time.process_time()
        forest = trained(train, options)
        seconds["train"].append(time.process_time() - begin)
        begin = time.process_time()
        scores = [forest.score(row) for row in rows]
        seconds["score"].append((time.process_time() - begin) / len(rows))
        shares = [forest.attribution(row) for row in rows]
        main_columns = [np.argmax(np.add(share["low"], share["high"])) for share in shares]
        learned = []
        begin = time.process_time()
        for row in rows:
            learned.append(forest.score(row))
            forest.update(row)
        seconds["learn"].append((time.process_time() - begin) / len(rows))
    for name, values in (("scores", scores), ("learned", learned), ("columns", main_columns)):
        np.asarray(values, dtype="<f8").tofile(Path(folder, f"{name}.f8"))
    sys.stdout.write(json.dumps({name: min(taken) for name, taken in seconds.items()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
