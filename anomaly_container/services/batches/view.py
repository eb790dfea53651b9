"""The baseline in the shape of the original pipeline: written for its readers, taken over from it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson

from anomaly_container.detection.batches.moments import Moments
from anomaly_container.outbound.errors import Changed, NotFound, TooLarge
from anomaly_container.services.batches.keys import VIEW

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from anomaly_container.outbound.object_store import ObjectStore

LONGEST: Final = 8 << 20
LAST_UPDATED: Final = "last_updated"
"""The one name at the top that is not a column's."""
MOST_CONFLICTS: Final = 20


def render(columns: Sequence[str], observed: Moments, last_updated: str | None) -> bytes:
    """Return the bytes of `state/baseline.json`; a column without any value is absent.

    Parameters
    ----------
    columns
        The scored columns.
    observed
        The moments of all values.
    last_updated
        The time of the last batch.
    """
    content: dict[str, Any] = {
        name: {"count": int(count), "mean": float(mean), "M2": float(m2), "std": deviation(count, m2)}
        for name, count, mean, m2 in zip(columns, observed.count, observed.mean, observed.m2, strict=True)
        if count
    }
    return orjson.dumps(content | {LAST_UPDATED: last_updated}, option=orjson.OPT_INDENT_2)


def deviation(count: float, m2: float) -> float:
    """Return the population standard deviation; 0 below two values."""
    return math.sqrt(m2 / count) if count >= 2 else 0.0


def parse(data: bytes) -> dict[str, Mapping[str, float]]:
    """Return count, mean and M2 of each column of a baseline of the original pipeline.

    Anything that is not such a baseline has no columns.
    """
    try:
        content = orjson.loads(data)
        found = {
            name: {part: float(one[part]) for part in ("count", "mean", "M2")}
            for name, one in content.items()
            if name != LAST_UPDATED
        }
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError, ValueError):
        return {}
    return {
        name: one
        for name, one in found.items()
        if one["count"] >= 1 and one["M2"] >= 0 and all(map(math.isfinite, one.values()))
    }


def moments(parsed: Mapping[str, Mapping[str, float]], columns: Sequence[str]) -> Moments:
    """Return the moments of some columns; a column that the baseline does not have begins without values.

    Parameters
    ----------
    parsed
        The baseline of the original pipeline, as `parse` returns it.
    columns
        The columns.
    """
    nothing = {"count": 0.0, "mean": 0.0, "M2": 0.0}
    rows = [parsed.get(name, nothing) for name in columns]
    return Moments(*(np.array([row[part] for row in rows]) for part in ("count", "mean", "M2")))


class View:
    """Keeps `state/baseline.json` up to date.

    Parameters
    ----------
    store
        The store.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def read(self) -> bytes:
        """Return the bytes of the view; blank if there is none."""
        try:
            return (await self._store.read(VIEW, LONGEST)).data
        except (NotFound, TooLarge):
            return b""

    async def write(self, data: bytes, last_updated: str) -> None:
        """Write the view, unless it shows a later batch.

        Parameters
        ----------
        data
            The bytes.
        last_updated
            The time of their last batch.
        """
        for _ in range(MOST_CONFLICTS):
            try:
                found = await self._store.read(VIEW, LONGEST)
            except NotFound:
                found = None
            try:
                if found is None:
                    await self._store.create(VIEW, data)
                elif _time_of(found.data) < last_updated:
                    await self._store.update(VIEW, data, found.info.etag)
            except Changed:
                continue
            return


def _time_of(data: bytes) -> str:
    try:
        return str(orjson.loads(data).get(LAST_UPDATED) or "")
    except (orjson.JSONDecodeError, AttributeError):
        return ""
