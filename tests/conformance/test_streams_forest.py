"""The random cut forest and its thresholds beside the cases of a twin that others wrote.

The smallest example: `forest_08` has rows that are all equal. Every tree is one leaf; a row that equals it
scores (1 - 1/2) / log2(m + 1) * log2(m + 1) = 0.5.

The cases live outside the project; without them these tests are skipped.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.stats import spearmanr

from anomaly_container.detection.forest import _kernels
from anomaly_container.detection.forest.random_cut import RandomCutForest
from anomaly_container.detection.forest.thresholds import restored, running, three_sigma, tracking
from tests.conformance.cases import FOLDER as ALL_CASES
from tests.quality.batches import read
from tests.unit.detection.forest.builds import COMPILED, NUMPY, compiled

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray

FOLDER = ALL_CASES / "streams"
DATASETS = ALL_CASES.parent / "datasets"
MOST_ROWS = 4000
WITHIN = 1e-9
RESULTS = {True: "High Outlier", False: "Normal"}

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="no conformance cases: set CONFORMANCE_DIR to their folder"
)


@pytest.fixture(params=[*COMPILED, NUMPY])
def build(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the test with each build of the kernels and with their twins in numpy."""
    name = str(request.param)
    monkeypatch.setattr(_kernels, "compiled", None if name == NUMPY else compiled(name))


def case(name: str) -> dict[str, Any]:
    return dict(json.loads((FOLDER / f"{name}.json").read_bytes()))


def array(values: object) -> FloatArray:
    return np.array(values, dtype=np.float64)


def fitted(one: dict[str, Any], seed: int) -> RandomCutForest:
    return RandomCutForest.fit(array(one["train"]), trees=one["trees"], sample=one["sample"], seed=seed)


def assert_near(ours: object, theirs: object, within: float = WITHIN) -> None:
    np.testing.assert_allclose(array(ours), array(theirs), rtol=0.0, atol=within)


def words(flags: BoolArray) -> list[str]:
    return [RESULTS[flag] for flag in flags.tolist()]


def test_all_cases_are_there() -> None:
    counts = {"forest_??": 12, "learn_?": 4, "rank_?": 2, "threshold_?": 8}
    assert {pattern: len(list(FOLDER.glob(f"{pattern}.json"))) for pattern in counts} == counts


@pytest.mark.usefixtures("build")
@pytest.mark.parametrize("number", range(12))
def test_scores_shares_and_results(number: int) -> None:
    one = case(f"forest_{number:02}")
    forest = fitted(one, one["seed"])
    rows = array(one["rows"])
    scores, shares = forest.attributed(rows)
    assert_near(scores, one["scores"])
    np.testing.assert_array_equal(forest.scores(rows), scores)
    assert_near(shares[:6], one["attribution"])
    assert_near(shares.sum(axis=(1, 2)), scores, 1e-12)
    training = forest.scores(array(one["train"]))
    assert_near(training, one["trainScores"])
    threshold = three_sigma(training)
    figures = one["threshold"]
    assert_near(
        [threshold.mean, threshold.deviation, threshold.level],
        [figures["mean"], figures["stdev"], figures["threshold"]],
    )
    assert words(threshold.judge(scores)[1]) == one["results"]


@pytest.mark.usefixtures("build")
@pytest.mark.parametrize("number", range(4))
def test_learning(number: int) -> None:
    one = case(f"learn_{number}")
    rows = array(one["rows"])
    forest = RandomCutForest.empty(rows.shape[1], trees=one["trees"], sample=one["sample"], seed=one["seed"])
    assert_near(forest.learn(rows, one["decay"]), one["scoresBeforeLearning"])
    arrays = forest.arrays()
    for tree, mass in enumerate(one["rootMass"]):
        leaves = arrays["leafMass"][tree]
        assert leaves.sum() == mass
        held = arrays["points"][tree, leaves > 0]
        assert held.min(axis=0).tolist() == one["rootLow"][tree]
        assert held.max(axis=0).tolist() == one["rootHigh"][tree]


@pytest.mark.usefixtures("build")
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("number", range(2))
def test_ranks_are_those_of_the_published_forest(number: int, seed: int) -> None:
    one = case(f"rank_{number}")
    scores, theirs = fitted(one, seed).scores(array(one["rows"])), array(one["krcfMeanScores"])
    reached = one["mustReach"]
    assert spearmanr(scores, theirs).statistic >= reached["spearmanWithMean"]
    common = set(np.argsort(scores)[-10:].tolist()) & set(np.argsort(theirs)[-10:].tolist())
    assert len(common) >= reached["topTenInCommon"]
    assert abs(scores.mean() / theirs.mean() - 1.0) <= reached["meanScoreWithin"]


@pytest.mark.parametrize("number", range(4))
def test_three_sigma(number: int) -> None:
    one = case(f"threshold_{number}")
    assert one["rule"] == three_sigma.__name__.replace("_", "-")
    threshold = three_sigma(array(one["scores"]))
    figures = [threshold.mean, threshold.deviation, threshold.level]
    assert_near(figures, [one["mean"], one["stdev"], one["threshold"]], 1e-12)
    assert words(threshold.judge(array(one["rows"]))[1]) == one["results"]


@pytest.mark.parametrize("number", range(4, 8))
@pytest.mark.parametrize("split", [0, 1, 70])
def test_thresholds_that_move(number: int, split: int) -> None:
    one = case(f"threshold_{number}")
    held_out = array(one["holdout"])
    if one["rule"] == "running":
        threshold = restored(running(held_out, one["window"]).state())
    else:
        threshold = restored(tracking(held_out, one["rate"], one["gain"]).state())
    before = threshold.judge(array(one["scores"][:split]))
    # What is kept between two batches is JSON.
    after = restored(json.loads(json.dumps(threshold.state()))).judge(array(one["scores"][split:]))
    assert_near([*before[0], *after[0]], [level for level, _ in one["thresholdAndFlag"]], 1e-12)
    assert [*before[1], *after[1]] == [flag for _, flag in one["thresholdAndFlag"]]


@pytest.mark.skipif(not DATASETS.is_dir(), reason="no labelled sets beside the conformance cases")
def test_the_score_of_real_rows_rises_with_their_distance_from_what_is_usual() -> None:
    """A forest of every second row scores the rest; a distance is the mean to the nearest quarter of it."""
    ranks = {}
    for path in sorted(DATASETS.glob("*/*.train.csv")):
        rows = np.nan_to_num(read(path)[0])[:MOST_ROWS]
        if rows.shape[1] < 2:
            continue
        rows = rows[:, rows[::2].std(axis=0) > 0.0]
        rows = (rows - rows[::2].mean(axis=0)) / rows[::2].std(axis=0)
        usual, others = rows[::2], rows[1::2]
        distances = np.asarray(cKDTree(usual).query(others, len(usual) // 4)[0])
        scores = RandomCutForest.fit(usual).scores(others)
        ranks[path.stem] = float(spearmanr(scores, distances.mean(axis=1)).statistic)
    assert len(ranks) == 16
    assert min(ranks.values()) > 0.8, ranks
    assert np.median(list(ranks.values())) > 0.9
