"""A one-class support vector machine: the distance of a row from the region of most training rows.

Source: Schoelkopf, Platt, Shawe-Taylor, Smola, Williamson, "Estimating the support of a high-dimensional
distribution", Neural Computation 13 (2001). scikit-learn trains it; scores are computed here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Self

import numpy as np

from anomaly_container.services.streams.models.unavailable import ModelUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from anomaly_container.detection.numeric.arrays import FloatArray

MOST_ROWS: Final = 20_000
"""The largest number of rows that a model is fitted on: training takes time quadratic in them."""
_PAIRS: Final = 1 << 18
"""Pairs of a row and a support vector that are computed at once: 2 MB each for distances and kernels."""
_LARGEST: Final = 1e100
"""Bound of the numbers in a model file, so that no square overflows."""
_NEEDS: Final = (
    "A model of the kind svm is trained with scikit-learn: pip install 'anomaly-container[models]'."
)


@dataclass(frozen=True, slots=True, eq=False)
class OneClassSvm:
    """A fitted one-class support vector machine with a Gaussian kernel.

    Attributes
    ----------
    support : (m, d) float64
        The support vectors.
    coefficients : (m,) float64
        The weight of each vector.
    intercept : float
    gamma : float
        Of the kernel exp(-gamma |x - v|^2).
    median : (d,) float64
        Of the training rows: a column that has it is not the reason for a score.
    fitted_rows : int
        Number of rows that it was fitted on.
    """

    support: FloatArray
    coefficients: FloatArray
    intercept: float
    gamma: float
    median: FloatArray
    fitted_rows: int

    @classmethod
    def fit(cls, rows: FloatArray, *, nu: float, gamma: float | Literal["scale"], seed: int) -> Self:
        """Fit on rows, or on a uniform sample of them if they are more than 20,000.

        Parameters
        ----------
        rows : (n, d) float64
            Finite, scaled.
        nu : float
            0..1; about this share of the rows is outside.
        gamma : float or "scale"
            "scale" is 1 / (d var), var being the variance of all numbers of the rows.
        seed : int
            Of the sample.

        Raises
        ------
        ModelUnavailableError
            If scikit-learn is not installed.
        """
        try:
            from sklearn.svm import OneClassSVM  # noqa: PLC0415  # an extra that only training needs
        except ImportError:
            raise ModelUnavailableError(_NEEDS) from None
        chosen = rows
        if len(rows) > MOST_ROWS:
            drawn = np.random.default_rng(seed).choice(len(rows), MOST_ROWS, replace=False, shuffle=False)
            chosen = rows[np.sort(drawn)]
        variance = float(chosen.var()) or 1.0
        width = 1.0 / (chosen.shape[1] * variance) if gamma == "scale" else gamma
        fitted = OneClassSVM(kernel="rbf", nu=nu, gamma=width).fit(chosen)
        return cls(
            support=np.ascontiguousarray(fitted.support_vectors_, dtype=np.float64),
            coefficients=np.ascontiguousarray(fitted.dual_coef_[0], dtype=np.float64),
            intercept=float(fitted.intercept_[0]),
            gamma=width,
            median=np.median(chosen, axis=0),
            fitted_rows=len(chosen),
        )

    def scores(self, rows: FloatArray) -> FloatArray:
        """Return the score of each row: above 0 it is outside the region, and larger is rarer.

        The score of x is -(sum over i of c_i exp(-gamma |x - v_i|^2) + b), with the coefficients c and the
        intercept b, for the support vectors v.

        Parameters
        ----------
        rows : (n, d) float64

        Returns
        -------
        (n,) float64
        """
        scores = np.empty(len(rows))
        for block in self._blocks(len(rows)):
            scores[block] = self._scores_at(self._distances(rows[block]))
        return scores

    def attributed(self, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the scores, and the part of each that is due to each column.

        The part of a column is the drop of the score if the column had its training median; parts below 0
        count as 0, and all are divided by their sum.

        Parameters
        ----------
        rows : (n, d) float64

        Returns
        -------
        scores : (n,) float64
        shares : (n, d, 2) float64
            First of columns below their median, then above. They sum to 1 in a row, or are all 0.
        """
        scores, drops = np.empty(len(rows)), np.empty(rows.shape)
        for block in self._blocks(len(rows)):
            given = rows[block]
            distances = self._distances(given)
            scores[block] = self._scores_at(distances)
            for column, median in enumerate(self.median.tolist()):
                place = self.support[:, column]
                moved = distances - (given[:, column, None] - place) ** 2 + (median - place) ** 2
                drops[block, column] = scores[block] - self._scores_at(moved)
        shares = np.maximum(drops, 0.0)
        sums = shares.sum(axis=1, keepdims=True)
        shares /= np.where(sums > 0.0, sums, 1.0)
        is_below = rows < self.median
        return scores, np.stack([np.where(is_below, shares, 0.0), np.where(is_below, 0.0, shares)], axis=2)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays of a model file."""
        return {
            "support": self.support.astype("<f8"),
            "coefficients": self.coefficients.astype("<f8"),
            "intercept": np.array([self.intercept], dtype="<f8"),
            "gamma": np.array([self.gamma], dtype="<f8"),
            "median": self.median.astype("<f8"),
            "fittedRows": np.array([self.fitted_rows], dtype="<i8"),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """Return the model of the arrays of a file.

        Raises
        ------
        ValueError
            With one sentence, if they are not those of a model.
        """
        names = ("support", "coefficients", "intercept", "gamma", "median")
        _check(set(arrays) == {*names, "fittedRows"}, "An svm model needs six arrays of known names.")
        support, coefficients, intercept, gamma, median = (
            np.ascontiguousarray(arrays[name], dtype=np.float64) for name in names
        )
        _check(support.ndim == 2 and support.size > 0, "The support vectors are not a table of numbers.")
        m, d = support.shape
        shapes = (coefficients.shape, intercept.shape, gamma.shape, median.shape, arrays["fittedRows"].shape)
        _check(shapes == ((m,), (1,), (1,), (d,), (1,)), "The arrays of the svm model do not fit together.")
        numbers = (support, coefficients, intercept, gamma, median)
        # NaN fails the comparison as well.
        _check(all((np.abs(part) <= _LARGEST).all() for part in numbers), "An array has no finite number.")
        rows = int(arrays["fittedRows"][0])
        _check(gamma[0] > 0.0 and 0 < rows < 1 << 53, "gamma and the number of rows must be above 0.")
        return cls(support, coefficients, float(intercept[0]), float(gamma[0]), median, rows)

    def _blocks(self, rows: int) -> Iterator[slice]:
        size = max(1, _PAIRS // len(self.support))
        return (slice(first, first + size) for first in range(0, rows, size))

    def _distances(self, rows: FloatArray) -> FloatArray:
        """Return the squared distance of each row from each support vector."""
        total = np.zeros((len(rows), len(self.support)))
        for column in range(rows.shape[1]):
            total += (rows[:, column, None] - self.support[:, column]) ** 2
        return total

    def _scores_at(self, distances: FloatArray) -> FloatArray:
        scores: FloatArray = -(np.exp(-self.gamma * distances) @ self.coefficients + self.intercept)
        return scores


def _check(holds: bool, message: str) -> None:
    if not holds:
        raise ValueError(message)
