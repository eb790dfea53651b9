"""Timestamps as nanoseconds since 1970, a whole series at a time.

The service reads timestamps with ``pandas.to_datetime``. ISO 8601, which nearly every client sends, is read
first; other forms, and layouts that differ, are tried only if that fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anomaly_container.services.univariate.contract.iso_8601 import read_iso_8601
from anomaly_container.services.univariate.contract.timestamp_forms import read_forms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.detection.numeric.arrays import IntArray


def to_nanoseconds(stamps: Sequence[Any]) -> IntArray:
    """Read the timestamps of a series.

    Parameters
    ----------
    stamps : (n,) sequence, n > 0
        Timestamps as in the JSON body.

    Returns
    -------
    (n,) int64
        Nanoseconds since 1970-01-01T00:00:00Z.

    Raises
    ------
    ContractError
        If one of them is not a string, not in an accepted form, not a time of the calendar, or outside the
        range of 64-bit nanoseconds (1677-09-21T00:12:43.145224192Z to 2262-04-11T23:47:16.854775807Z); or if
        their forms contradict each other.
    """
    times = read_iso_8601(stamps)
    return read_forms(stamps) if times is None else times
