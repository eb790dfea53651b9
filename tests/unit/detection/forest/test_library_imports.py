"""The forest brings numpy along and nothing else: every worker process pays for what it imports."""

from __future__ import annotations

import subprocess
import sys

USE = """
import sys
import numpy as np
import numpy.random
before = set(sys.modules)
from anomaly_container.detection.forest import isolation, thresholds
from anomaly_container.detection.forest.random_cut import RandomCutForest
forest = isolation.fit(np.ones((300, 2)))
isolation.offset(forest.scores(np.ones((3, 2))))
cuts = RandomCutForest.fit(np.ones((300, 2)))
thresholds.running(cuts.learn(np.ones((30, 2)), 0.1)).judge(cuts.scores(np.ones((3, 2))))
print(*(set(sys.modules) - before))
"""


def test_a_fit_loads_numpy_and_the_forest() -> None:
    run = subprocess.run(  # noqa: S603  # this interpreter and a program of ours
        [sys.executable, "-c", USE], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(run.stdout.split())
    assert "anomaly_container.detection.forest.isolation" in loaded
    ours = {name for name in loaded if name.startswith("anomaly_container.")}
    assert all(
        name.startswith(("anomaly_container.detection.forest", "anomaly_container.detection.numeric"))
        for name in ours - {"anomaly_container.detection"}
    )
    others = {name.partition(".")[0] for name in loaded - ours - {"anomaly_container"}}
    assert not others - {"numpy"} - sys.stdlib_module_names
