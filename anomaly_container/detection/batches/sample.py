"""A sample of rows that does not depend on their order: those with the least hashes."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray

SIZE: Final = 1024
_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST_FACTOR, _SECOND_FACTOR = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True, slots=True)
class Sample:
    """The rows with the least keys of all that were offered, at most 1024.

    Parameters
    ----------
    keys : (r,) uint64
        Ascending.
    rows : (r, C) float64
        NaN is a gap.
    """

    keys: NDArray[np.uint64]
    rows: FloatArray

    @classmethod
    def none(cls, columns: int) -> Sample:
        """Return a sample of no rows."""
        return cls(np.empty(0, dtype=np.uint64), np.empty((0, columns)))

    @classmethod
    def of(cls, keys: NDArray[np.uint64], rows: FloatArray) -> Sample:
        """Return the sample of rows with given keys.

        Parameters
        ----------
        keys : (n,) uint64
        rows : (n, C) float64

        Returns
        -------
        Sample

        Examples
        --------
        >>> Sample.of(np.array([7, 3], dtype=np.uint64), np.array([[1.0], [2.0]])).rows.tolist()
        [[2.0], [1.0]]
        """
        if keys.size > SIZE:
            least = np.argpartition(keys, SIZE)[:SIZE]
            keys, rows = keys[least], rows[least]
        order = np.argsort(keys, kind="stable")
        return cls(keys[order], np.ascontiguousarray(rows[order]))

    def merge(self, other: Sample) -> Sample:
        """Return the sample of the rows of both.

        Parameters
        ----------
        other : Sample

        Returns
        -------
        Sample
            The same, whichever of the two is merged with the other, and the same as of all rows at once.
        """
        if not other.keys.size:
            return self
        return Sample.of(np.concatenate((self.keys, other.keys)), np.concatenate((self.rows, other.rows)))


def row_keys(source: bytes, numbers: IntArray) -> NDArray[np.uint64]:
    """Return a key for each row of a source: the output of a SplitMix64 generator seeded by the source.

    The seed s is the first 8 bytes of BLAKE2b of the source, least significant first; the key of row i is
    output i of the generator, mix(s + (i + 1) * 0x9E3779B97F4A7C15).

    Source: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.

    Parameters
    ----------
    source : bytes
        The entity tag of the file.
    numbers : (n,) int64
        The numbers of the rows in it, from 0.

    Returns
    -------
    (n,) uint64

    Examples
    --------
    >>> row_keys(b"etag", np.array([0, 1])).dtype
    dtype('uint64')
    """
    seed = np.uint64(int.from_bytes(blake2b(source, digest_size=8).digest(), "little"))
    return mix(seed + (numbers.astype(np.uint64) + np.uint64(1)) * _STEP)


def mix(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the outputs of SplitMix64 for states of the generator.

    Examples
    --------
    >>> hex(mix(np.array([0x9E3779B97F4A7C15], dtype=np.uint64))[0])
    '0xe220a8397b1dcdaf'
    """
    mixed = (state ^ (state >> np.uint64(30))) * _FIRST_FACTOR
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND_FACTOR
    found: NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(31))
    return found
