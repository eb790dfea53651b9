"""What the results must be: the tables one after the other in the order of their commits, in one process."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from anomaly_container.cli.batches.sensor_files import COLUMNS
from anomaly_container.services.batches import learnt
from anomaly_container.services.batches.modes import mode_of
from anomaly_container.services.batches.scored import Output, Source

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anomaly_container.services.batches.settings import BatchesSettings


@dataclass
class Replay:
    """The results of a replay.

    Attributes
    ----------
    model
        What was learnt, as it is in the state.
    rows, anomalies, units
        The totals; `units` are thousands of points begun, per table.
    outputs
        The scored tables by key.
    """

    model: Any = None
    rows: int = 0
    anomalies: int = 0
    units: int = 0
    outputs: dict[str, bytes] = field(default_factory=dict)


def replay(settings: BatchesSettings, tables: Iterable[tuple[str, str, bytes]], start: Any = None) -> Replay:  # noqa: ANN401  # the baseline of a mode
    """Score tables, given by key, etag and bytes, one after the other."""
    mode, baseline, columns = mode_of(settings), start, COLUMNS
    result = Replay()
    for key, etag, data in tables:
        source = Source(key, etag, partial(_pieces, data))
        output = Output(mode.score(source, columns, baseline, keeps_increment=False))
        result.outputs[key] = b"".join(output)
        scored = output.scored
        assert scored is not None
        baseline = scored.learnt
        result.rows += scored.rows
        result.anomalies += scored.anomalies
        result.units += math.ceil(scored.rows * len(columns) / 1000)
    result.model = orjson.loads(orjson.dumps(learnt.to_json(baseline)))
    return result


def _pieces(data: bytes) -> list[bytes]:
    return [data]


def chan(tables: Iterable[bytes]) -> dict[str, dict[str, float]]:
    """Return count, mean and M2 of each column by serial merges, as the original pipeline keeps them."""
    merged = {name: {"count": 0.0, "mean": 0.0, "M2": 0.0} for name in COLUMNS}
    for data in tables:
        values = np.array([line.split(",")[1:] for line in data.decode().splitlines()[1:]], dtype=float)
        for name, column in zip(COLUMNS, values.T, strict=True):
            one, count = merged[name], len(column)
            mean, total = float(np.mean(column)), one["count"] + count
            moved = mean - one["mean"]
            one["M2"] += float(np.sum((column - mean) ** 2)) + moved**2 * one["count"] * count / total
            one["mean"] += moved * count / total
            one["count"] = total
    return merged
