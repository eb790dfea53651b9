"""A random cut forest: fit, scores, shares of the columns, and learning.

Source: Guha, Mishra, Roy and Schrijvers, "Robust random cut forest based anomaly detection on streams", ICML
(2016).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from anomaly_container.detection.forest.random_cut.attribution import walk
from anomaly_container.detection.forest.random_cut.growth import grow
from anomaly_container.detection.forest.random_cut.learning import Reservoirs, first_reservoirs, learn
from anomaly_container.detection.forest.random_cut.random import first_states
from anomaly_container.detection.forest.random_cut.stored import (
    LARGEST,
    reservoirs_from,
    states_from,
    stored,
    trees_from,
)
from anomaly_container.detection.forest.random_cut.tree import Trees, padded_width, planted

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from anomaly_container.detection.numeric.arrays import FloatArray, UInt64Array

__all__ = ["RandomCutForest"]


class RandomCutForest:
    """A forest of random cut trees, each over a sample of the rows.

    A tree cuts the box of its rows at a random place, columns with a long side more often, and so on down to
    single rows. A row that is far from the others is parted from them near the root. `fit`, `empty` and
    `from_arrays` make one. Threads may share it as long as no thread calls `learn`.

    Attributes
    ----------
    sample : int
        Number of rows that each tree has room for.
    seed : int
        The seed of the draws: equal rows and an equal seed give an equal forest.
    seen : int
        Number of rows that it was fitted on or has learned.

    Examples
    --------
    >>> import numpy as np
    >>> from anomaly_container.detection.forest.random_cut import RandomCutForest
    >>> rows = np.random.default_rng(1).normal(size=(1000, 2))
    >>> forest = RandomCutForest.fit(rows, trees=50, sample=256, seed=0)
    >>> forest.scores(np.array([[0.0, 0.0], [5.0, 0.0]])).round(2).tolist()
    [0.59, 3.31]
    """

    __slots__ = ("_reservoirs", "_states", "_trees", "sample", "seed", "seen")

    def __init__(  # noqa: PLR0913  # what a forest consists of; users call the class methods
        self,
        trees: Trees,
        states: UInt64Array,
        *,
        sample: int,
        seed: int,
        seen: int,
        reservoirs: Reservoirs | None = None,
    ) -> None:
        self.sample, self.seed, self.seen = sample, seed, seen
        self._trees, self._states, self._reservoirs = trees, states, reservoirs

    @property
    def trees(self) -> int:
        """The number of trees."""
        return len(self._trees.roots)

    @property
    def width(self) -> int:
        """The number of columns."""
        return self._trees.width

    @classmethod
    def fit(cls, rows: FloatArray, *, trees: int = 50, sample: int = 512, seed: int = 0) -> RandomCutForest:
        """Grow a forest.

        Each tree draws a sample of the rows without replacement. A node's box is cut in the column that a
        draw chooses by the sides of the box, at a uniform place, and the rows at most the cut go to the first
        child.

        Parameters
        ----------
        rows : (n, d) float64
            n >= 1, d >= 1, finite and at most 1e300 from 0. Their units matter: a column counts by its range.
        trees : int
            Number of trees, >= 1.
        sample : int
            Most rows of a tree, >= 1.
        seed : int
            From 0 to 2^63 - 1.

        Returns
        -------
        RandomCutForest

        Raises
        ------
        ValueError
            If the rows or the numbers are not as above.

        Examples
        --------
        >>> import numpy as np
        >>> from anomaly_container.detection.forest.random_cut import RandomCutForest
        >>> forest = RandomCutForest.fit(np.array([[0.0], [0.0], [10.0]]), trees=2, sample=3)
        >>> forest.trees, forest.width, forest.seen
        (2, 1, 3)
        """
        checked = _checked(rows)
        if not len(checked):
            message = "a random cut forest needs at least one row"
            raise ValueError(message)
        forest = cls.empty(rows.shape[1], trees=trees, sample=sample, seed=seed)
        grow(checked, forest._trees, forest._states)  # noqa: SLF001  # one of its own
        forest.seen = len(checked)
        return forest

    @classmethod
    def empty(cls, width: int, *, trees: int = 50, sample: int = 512, seed: int = 0) -> RandomCutForest:
        """Return a forest that has seen nothing: every score is 0 until it learns.

        Parameters
        ----------
        width : int
            Number d of columns, >= 1.
        trees : int
            As for `fit`.
        sample : int
            Most rows of a tree.
        seed : int
            The seed of the draws.

        Returns
        -------
        RandomCutForest

        Raises
        ------
        ValueError
            If a number is not as above.

        Examples
        --------
        >>> import numpy as np
        >>> from anomaly_container.detection.forest.random_cut import RandomCutForest
        >>> RandomCutForest.empty(1).learn(np.array([[1.0]]), decay=0.0).tolist()
        [0.0]
        """
        if min(width, trees, sample) < 1 or not 0 <= seed < 2**63:
            message = f"{trees} trees of {sample} rows in {width} columns, seed {seed}: that is not a forest"
            raise ValueError(message)
        return cls(planted(trees, sample, width), first_states(trees, seed), sample=sample, seed=seed, seen=0)

    def scores(self, rows: FloatArray) -> FloatArray:
        """Return the score of each row: about 1 is usual, and larger is rarer.

        The mean over the trees of the expected value, over the cuts that would insert the row, of
        1 / (depth + 1) where it would be parted from the others, times log2(M + 1) in a tree of M rows.
        Nothing is inserted. A row has the same score in any block of rows.

        Parameters
        ----------
        rows : (n, d) float64
            In the units of the fit; finite and at most 1e300 from 0.

        Returns
        -------
        numpy.ndarray
            (n,) float64, no unit.

        Raises
        ------
        ValueError
            If the rows are not as above.

        Examples
        --------
        >>> import numpy as np
        >>> from anomaly_container.detection.forest.random_cut import RandomCutForest
        >>> forest = RandomCutForest.fit(np.array([[0.0], [0.0], [10.0]]), trees=5, sample=3)
        >>> forest.scores(np.array([[0.0], [10.0], [50.0]])).round(3).tolist()
        [0.516, 0.833, 1.8]
        """
        sums, _ = walk(self._padded(rows), self._trees, shared=False)
        return sums / self.trees

    def attributed(self, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the scores of rows, and the contribution of each column, by being low and by being high.

        The walk is that of `scores`: what lies outside a box is divided among the columns by their distances
        from it. The value of a row that equals a leaf is divided evenly.

        Parameters
        ----------
        rows : (n, d) float64
            As for `scores`.

        Returns
        -------
        scores : numpy.ndarray
            (n,) float64, those of `scores`.
        shares : numpy.ndarray
            (n, d, 2) float64, not negative: low and high. Those of a row sum to its score.

        Raises
        ------
        ValueError
            If the rows are not as above.

        Examples
        --------
        >>> import numpy as np
        >>> from anomaly_container.detection.forest.random_cut import RandomCutForest
        >>> rows = np.random.default_rng(1).normal(size=(1000, 2))
        >>> forest = RandomCutForest.fit(rows, trees=50, sample=256)
        >>> scores, shares = forest.attributed(np.array([[0.0, -6.0]]))
        >>> scores.round(2).tolist(), shares.round(2).tolist()
        ([3.75], [[[0.0, 0.01], [3.74, 0.0]]])
        """
        sums, shares = walk(self._padded(rows), self._trees, shared=True)
        return sums / self.trees, shares[:, :, : self.width].swapaxes(1, 2) / self.trees

    def learn(self, rows: FloatArray, decay: float) -> FloatArray:
        """Score the rows one after the other, each before the forest learns it.

        Each tree holds a random sample of the rows so far: one that came k rows ago has e^(-decay k) of the
        chance of the newest. A row that comes in is inserted into the tree, and one that goes out is deleted.
        The rows of a fit count as a sample that is as old as its last row.

        Parameters
        ----------
        rows : (n, d) float64
            In their order; as for `scores`.
        decay : float
            The decay for each row, from 0 to 1; with 0 nothing is forgotten.

        Returns
        -------
        numpy.ndarray
            (n,) float64: the score of each row before it was learned; 0 if nothing was known.

        Raises
        ------
        ValueError
            If the rows or the decay are not as above; the forest is unchanged.

        Examples
        --------
        >>> import numpy as np
        >>> from anomaly_container.detection.forest.random_cut import RandomCutForest
        >>> forest = RandomCutForest.fit(np.zeros((100, 1)), trees=10, sample=50)
        >>> before = forest.learn(np.full((200, 1), 7.0), decay=0.01)
        >>> bool(before[0] > before[-1])
        True
        """
        padded = self._padded(rows)
        if not 0.0 <= decay <= 1.0:
            message = f"the decay is {decay}, and must be from 0 to 1"
            raise ValueError(message)
        if self._reservoirs is None:
            self._reservoirs = first_reservoirs(self._trees, self._states, self.seen, decay)
        sums = learn(padded, self._trees, self._reservoirs, self._states, decay=decay, seen=self.seen)
        self.seen += len(padded)
        return sums / self.trees

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return copies of the arrays of a model file, little-endian; `from_arrays` makes an equal forest.

        Returns
        -------
        dict of str to numpy.ndarray
            `column`, `cut`, `children` and `mass` of nodes, `points` and `leafMass` of leaves, `root`,
            `states` of the generators, `seen`; once it has learned, `weights` and `handles` too.

        Examples
        --------
        >>> import numpy as np
        >>> from anomaly_container.detection.forest.random_cut import RandomCutForest
        >>> forest = RandomCutForest.fit(np.array([[0.0], [10.0]]), trees=1, sample=2)
        >>> forest.arrays()["children"].tolist()
        [[[-1, -2]]]
        """
        arrays = stored(self._trees)
        arrays |= {"states": self._states.astype("<u8"), "seen": np.array(self.seen, dtype="<i8")}
        if self._reservoirs is not None:
            arrays["weights"] = self._reservoirs.weights.astype("<f8")
            arrays["handles"] = self._reservoirs.handles.astype("<i4")
        return arrays

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, npt.NDArray[Any]], *, sample: int, seed: int
    ) -> RandomCutForest:
        """Return the forest that `arrays` describes.

        Everything is checked: shapes, types, finite values, that every child exists and has one parent, that
        masses add up and cuts part the rows.

        Parameters
        ----------
        arrays : mapping of str to numpy.ndarray
            The result of `arrays`.
        sample : int
            The sample size of the forest.
        seed : int
            The seed of the forest.

        Returns
        -------
        RandomCutForest

        Raises
        ------
        ValueError
            If the arrays do not describe a forest; the message is one sentence.

        Examples
        --------
        >>> import numpy as np
        >>> from anomaly_container.detection.forest.random_cut import RandomCutForest
        >>> forest = RandomCutForest.fit(np.array([[0.0], [0.0], [10.0]]), trees=5, sample=3)
        >>> again = RandomCutForest.from_arrays(forest.arrays(), sample=3, seed=0)
        >>> bool((again.scores(np.array([[4.0]])) == forest.scores(np.array([[4.0]]))).all())
        True
        """
        if not 0 <= seed < 2**63:
            message = f"the seed is {seed}"
            raise ValueError(message)
        trees = trees_from(arrays, sample)
        states, seen = states_from(arrays, len(trees.roots))
        if (trees.rows_held > seen).any():
            message = f"a tree holds more rows than the {seen} that were seen"
            raise ValueError(message)
        is_learning = "weights" in arrays or "handles" in arrays
        reservoirs = reservoirs_from(arrays, trees) if is_learning else None
        return cls(trees, states, sample=sample, seed=seed, seen=seen, reservoirs=reservoirs)

    def _padded(self, rows: FloatArray) -> FloatArray:
        if rows.ndim != 2 or rows.shape[1] != self.width:
            message = f"the forest has {self.width} columns, and the rows have the shape {rows.shape}"
            raise ValueError(message)
        return _checked(rows)


def _checked(rows: FloatArray) -> FloatArray:
    """Return rows padded with columns of zeros, as the kernels require; -0 becomes 0."""
    if rows.ndim != 2 or not rows.shape[1]:
        message = f"rows of at least one column are needed, and these have the shape {rows.shape}"
        raise ValueError(message)
    padded = np.zeros((len(rows), padded_width(rows.shape[1])))
    padded[:, : rows.shape[1]] += rows
    if len(padded) and not (np.abs(padded).max() <= LARGEST):
        message = "a value is not finite, or is beyond 1e300"
        raise ValueError(message)
    return padded
