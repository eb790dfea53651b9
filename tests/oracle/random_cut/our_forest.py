"""Our forest: trains on `train.f8` of a folder, scores `rows.f8` and learns them.

`our_forest.py FOLDER COLUMNS TREES SAMPLE SEED DECAY ROUNDS`. Writes `scores.f8`, `learned.f8` and
`columns.f8`, the column that contributes most, and prints the processor time of each.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.forest.random_cut import RandomCutForest

if TYPE_CHECKING:
    from collections.abc import Iterator

BATCH = 500


class Stopwatch:
    """The processor time of each step, in each round.

    Parameters
    ----------
    each
        What all rows are divided by: how many there are.
    """

    def __init__(self, each: int) -> None:
        self.taken: dict[str, list[float]] = {}
        self._each = each

    @contextmanager
    def step(self, name: str, *, whole: bool = False) -> Iterator[None]:
        """Time a step, by row or as a whole."""
        begin = time.process_time()
        yield
        seconds = time.process_time() - begin
        self.taken.setdefault(name, []).append(seconds if whole else seconds / self._each)


def main(folder: str, *words: str) -> None:
    """Measure and write."""
    columns, trees, sample, seed = (int(word) for word in words[:4])
    decay = float(words[4])
    train, rows = (
        np.fromfile(Path(folder, name), dtype=np.float64).reshape(-1, columns)
        for name in ("train.f8", "rows.f8")
    )
    batches = [rows[first : first + BATCH] for first in range(0, len(rows), BATCH)]
    watch = Stopwatch(len(rows))
    learned = scores = main_columns = np.empty(0)
    for _ in range(int(words[5])):
        with watch.step("train", whole=True):
            forest = RandomCutForest.fit(train, trees=trees, sample=sample, seed=seed)
        with watch.step("score"):
            for batch in batches:
                forest.scores(batch)
        with watch.step("single"):
            for place in range(len(rows)):
                forest.scores(rows[place : place + 1])
        with watch.step("shares"):
            for batch in batches:
                forest.attributed(batch)
        if decay:
            # A sample in which old rows are rarer is another one than that of a fit.
            forest = RandomCutForest.empty(columns, trees=trees, sample=sample, seed=seed)
            forest.learn(train, decay)
        scores, shares = forest.attributed(rows)
        main_columns = shares.sum(axis=2).argmax(axis=1).astype(np.float64)
        with watch.step("learn"):
            learned = np.concatenate([forest.learn(batch, decay) for batch in batches])
    for name, values in (("scores", scores), ("learned", learned), ("columns", main_columns)):
        values.tofile(Path(folder, f"{name}.f8"))
    sys.stdout.write(json.dumps({name: min(seconds) for name, seconds in watch.taken.items()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
