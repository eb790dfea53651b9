"""The random cut forest as a kind of model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from anomaly_container.detection.forest.random_cut import RandomCutForest, estimated_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from anomaly_container.detection.numeric.arrays import FloatArray
    from anomaly_container.services.streams.model_settings import ModelSettings

MEBIBYTE: Final = 1 << 20


class ForestParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The numbers of a forest in a model file.

    Attributes
    ----------
    trees, sample, seed
        Those of the forest.
    shingle
        The number of rows in a vector.
    """

    trees: int
    sample: int
    seed: int
    shingle: int


def fitted(rows: FloatArray, settings: ModelSettings) -> RandomCutForest:
    """Fit a forest.

    Parameters
    ----------
    rows : ndarray of float64, shape (n, d)
        The scaled rows, or the vectors of a shingle.
    settings
        The settings.

    Raises
    ------
    ValueError
        If the forest would need more memory than the setting allows.
    """
    check_memory(settings.trees, settings.sample, rows.shape[1], settings.max_megabytes)
    return RandomCutForest.fit(rows, trees=settings.trees, sample=settings.sample, seed=settings.seed)


def check_memory(trees: int, sample: int, columns: int, most: int) -> None:
    """Refuse a forest that would need more memory than is allowed.

    Parameters
    ----------
    trees, sample, columns
        Its size.
    most
        Mebibytes.

    Raises
    ------
    ValueError
        With one sentence.
    """
    needed = estimated_bytes(trees, sample, columns) / MEBIBYTE
    if needed > most:
        message = f"The forest needs about {needed:,.0f} MB; Streams:Forest:MaxMegabytes is {most}."
        raise ValueError(message)


def restored(arrays: Mapping[str, np.ndarray], parameters: Mapping[str, Any]) -> RandomCutForest:
    """Return the forest of the arrays of a file.

    Parameters
    ----------
    arrays
        The arrays.
    parameters
        `ForestParameters` as an object of JSON.

    Raises
    ------
    ValueError
        With one sentence, if they are not those of a forest.
    """
    found = msgspec.convert(parameters, ForestParameters)
    forest = RandomCutForest.from_arrays(arrays, sample=found.sample, seed=found.seed)
    if forest.trees != found.trees:
        message = f"The file has {forest.trees} trees; its header says {found.trees}."
        raise ValueError(message)
    return forest
