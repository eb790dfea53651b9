"""The isolation forest: rows that random splits separate early from all others are outliers.

Source: Liu, Ting and Zhou, "Isolation Forest", Proc. 8th IEEE International Conference on Data Mining (2008).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.forest.isolation_depths import depths
from anomaly_container.detection.forest.isolation_growth import grow
from anomaly_container.detection.forest.isolation_sampling import SAMPLE, TREES, sample_rows
from anomaly_container.detection.forest.isolation_trees import Trees, search_length

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray, SingleArray

__all__ = ["SAMPLE", "TREES", "IsolationForest", "fit", "fit_sampled", "offset", "sample_rows"]

_OUTLIERS_PER_CENT = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class IsolationForest:
    """A fitted forest. Nothing in it changes, so that threads may share it.

    Attributes
    ----------
    trees : Trees
        The nodes, as arrays.
    sample_size : int
        Number of rows m that each tree was grown from.
    width : int
        Number of columns d of these rows.

    Examples
    --------
    >>> import numpy as np
    >>> from anomaly_container.detection.forest.isolation import fit
    >>> forest = fit(np.array([[0.0], [0.0], [10.0]]))
    >>> forest.sample_size, forest.width
    (3, 1)
    """

    trees: Trees
    sample_size: int
    width: int

    def depths(self, rows: FloatArray | SingleArray) -> FloatArray:
        """Return the path of each row from root to leaf, summed over the trees.

        The path in a tree is the number of edges, and for a leaf that was grown from k > 1 rows c(k) more:
        c(k) = 2 (ln(k - 1) + gamma) - 2 (k - 1) / k, and c(2) = 1. A row has the same sum in any block of
        rows.

        Parameters
        ----------
        rows : (n, d) float64 or float32
            In each column the unit of the fit. They are compared in single precision. What is NaN goes right
            at each split.

        Returns
        -------
        numpy.ndarray
            (n,) float64, edges.

        Raises
        ------
        ValueError
            If there are not d columns.

        Examples
        --------
        >>> import numpy as np
        >>> from anomaly_container.detection.forest.isolation import fit
        >>> rows = np.array([[0.0], [0.0], [10.0]])
        >>> fit(rows).depths(rows).tolist()
        [200.0, 200.0, 100.0]
        """
        single = _single(rows)
        if single.shape[1] != self.width:
            message = f"the forest was grown from {self.width} columns, not {single.shape[1]}"
            raise ValueError(message)
        return depths(single, self.trees)

    def scores(self, rows: FloatArray | SingleArray) -> FloatArray:
        """Return the score of each row: the negative of the paper's, so that the least is the most anomalous.

        s = -2^(-D / (t c(m))), where D is the depth of the row, t the number of trees, m the number of rows
        that a tree was grown from. It is -0.5 for a forest grown from one row.

        Parameters
        ----------
        rows : (n, d) float64 or float32
            As for `depths`.

        Returns
        -------
        numpy.ndarray
            (n,) float64, between -1 and 0, no unit.

        Raises
        ------
        ValueError
            If there are not d columns.

        Examples
        --------
        >>> import numpy as np
        >>> from anomaly_container.detection.forest.isolation import fit
        >>> rows = np.array([[0.0], [0.0], [10.0]])
        >>> fit(rows).scores(rows).round(4).tolist()
        [-0.3172, -0.3172, -0.5632]
        """
        length = len(self.trees.path) * search_length(self.sample_size)
        total = self.depths(rows)
        exponent = total / length if length else np.ones_like(total)
        return -(2.0**-exponent)


def fit(rows: FloatArray | SingleArray) -> IsolationForest:
    """Grow a forest of 100 trees, each from at most 256 of the rows.

    A tree splits the rows of a node at a random threshold of a random feature that varies over them, down to
    single rows or to log2(m) edges below the root, where m is the number of its rows. The draws are seeded:
    equal rows give an equal forest. Its scores are those of scikit-learn's forest with `random_state=42`, bit
    for bit.

    Parameters
    ----------
    rows : (n, d) float64 or float32
        Any unit in each column. They are used in single precision, where they must be finite, but for columns
        that are NaN throughout: no tree splits these.

    Returns
    -------
    IsolationForest

    Raises
    ------
    ValueError
        If there is no row or no column, or if a value is not finite in single precision and its column is not
        NaN throughout.

    Examples
    --------
    >>> import numpy as np
    >>> from anomaly_container.detection.forest.isolation import fit
    >>> rows = np.array([[1.0, 7.0], [2.0, 7.0], [1.5, 7.0], [50.0, 7.0]])
    >>> int(fit(rows).scores(rows).argmin())
    3
    """
    single = _single(rows)
    _check_values(single)
    return _fit(single, sample_rows(len(single)))


def fit_sampled(samples: FloatArray | SingleArray) -> IsolationForest:
    """Grow a forest as `fit` does, from the rows that `sample_rows` names.

    Parameters
    ----------
    samples : (100, m, d) float64 or float32
        `rows[sample_rows(len(rows))]` of a matrix that need not be in memory. Values as for `fit`.

    Returns
    -------
    IsolationForest

    Raises
    ------
    ValueError
        As by `fit`, and if there are not 100 samples, or more than 256 rows in them.

    Examples
    --------
    >>> import numpy as np
    >>> from anomaly_container.detection.forest.isolation import fit, fit_sampled, sample_rows
    >>> rows = np.random.default_rng(1).normal(size=(1000, 3))
    >>> sampled = fit_sampled(rows[sample_rows(1000)])
    >>> bool((sampled.scores(rows) == fit(rows).scores(rows)).all())
    True
    """
    trees, size, width = samples.shape
    if trees != TREES or not 1 <= size <= SAMPLE:
        message = f"{TREES} samples of 1 to {SAMPLE} rows are needed, not {trees} of {size}"
        raise ValueError(message)
    single = _single(samples.reshape(trees * size, width))
    _check_values(single)
    return _fit(single, np.arange(trees * size).reshape(trees, size))


def offset(scores: FloatArray) -> float:
    """Return the score below which 5 % of the rows lie: their 5th percentile, interpolated linearly.

    A row is an outlier if its score is less.

    Parameters
    ----------
    scores : (n,) float64
        n >= 1, by `IsolationForest.scores`.

    Returns
    -------
    float

    Examples
    --------
    >>> import numpy as np
    >>> from anomaly_container.detection.forest.isolation import offset
    >>> offset(np.array([-0.75, -0.5, -0.25]))
    -0.725
    """
    return float(np.percentile(scores, _OUTLIERS_PER_CENT))


def _fit(rows: SingleArray, chosen: IntArray) -> IsolationForest:
    return IsolationForest(grow(rows, chosen), sample_size=chosen.shape[1], width=rows.shape[1])


def _single(rows: FloatArray | SingleArray) -> SingleArray:
    # Too large a value becomes infinite, which `fit` refuses; a row that is scored may have it.
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(rows, dtype=np.float32)


def _check_values(rows: SingleArray) -> None:
    if not rows.size:
        message = "an isolation forest needs at least one row and one column"
        raise ValueError(message)
    is_finite = np.isfinite(rows)
    if is_finite.all():
        return
    is_odd = ~is_finite.all(axis=0)
    if not np.isnan(rows[:, is_odd]).all():
        message = "a value is not finite in single precision, and its column is not NaN throughout"
        raise ValueError(message)
