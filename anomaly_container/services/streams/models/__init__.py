"""The kinds of models: each is fitted on rows, scores rows, and is kept as arrays."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol, cast, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from anomaly_container.detection.numeric.arrays import FloatArray

KINDS: Final = ("forest", "sarima", "svm")
"""The kinds; the values of `Streams:Kind`."""


class Kept(Protocol):
    """The part of a model that its file keeps."""

    def arrays(self) -> dict[str, np.ndarray]:
        """Return copies of the arrays, little-endian."""


@runtime_checkable
class RowScorer(Kept, Protocol):
    """A model that scores each row by itself."""

    def scores(self, rows: FloatArray) -> FloatArray:
        """Return the score of each row."""

    def attributed(self, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the scores, and the contribution of each column by being low and by being high."""


class NoRowsError(ValueError):
    """The model does not score rows."""

    def __init__(self) -> None:
        super().__init__("The model scores a metric over time, not rows.")


def restored(kind: str, arrays: Mapping[str, np.ndarray], parameters: Mapping[str, Any]) -> Kept:
    """Return the model of the arrays of a file.

    Parameters
    ----------
    kind
        One of `KINDS`; only its packages are imported.
    arrays
        The arrays.
    parameters
        Its numbers in the header.

    Raises
    ------
    ValueError
        With one sentence, if they are not those of such a model.
    """
    module = import_module(f"anomaly_container.services.streams.models.{kind}")
    if kind == "forest":
        return cast("Kept", module.restored(arrays, parameters))
    found = module.Sarima if kind == "sarima" else module.OneClassSvm
    return cast("Kept", found.from_arrays(arrays))
