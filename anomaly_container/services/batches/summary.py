"""The summary of a batch: the fields of the original pipeline, and ours behind them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from anomaly_container import __version__
from anomaly_container.services.batches.keys import output_key

if TYPE_CHECKING:
    from anomaly_container.services.batches.ledger import Entry
    from anomaly_container.services.batches.scored import Scored


@dataclass(frozen=True, slots=True)
class Scoring:
    """How a table was scored.

    Attributes
    ----------
    mode
        The mode.
    revision
        The revision of the state that it was scored by.
    replaces
        The id of the batch of an earlier version of the object; None if there was none.
    seconds
        How long it took.
    """

    mode: str
    revision: int
    replaces: str | None
    seconds: float


def timestamp(seconds: float) -> str:
    """Return a time as the original pipeline writes it: UTC without a zone, in microseconds.

    Parameters
    ----------
    seconds
        The time in seconds since 1970.
    """
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


def rate(anomalies: int, rows: int) -> float:
    """Return the share of flagged rows, rounded to 4 decimals; 0 without rows."""
    return round(anomalies / rows, 4) if rows else 0.0


def common_fields(entry: Entry) -> dict[str, Any]:
    """Return the fields of the original pipeline."""
    return {
        "source_key": entry.key,
        "output_key": output_key(entry.key),
        "processed_at": entry.processed_at,
        "total_rows": entry.rows,
        "anomaly_count": entry.anomalies,
        "anomaly_rate": rate(entry.anomalies, entry.rows),
        "baseline_observation_counts": dict(entry.counts or {}),
    }


def summary(entry: Entry, scored: Scored, how: Scoring) -> bytes:
    """Return the bytes of a summary.

    Parameters
    ----------
    entry
        The batch.
    scored
        What is known of its table.
    how
        How it was scored.
    """
    content = common_fields(entry) | {
        "source_etag": entry.etag,
        "source_version": entry.version,
        "batch_id": entry.id,
        "replaces": how.replaces,
        "revision": entry.revision,
        "scored_by_revision": how.revision,
        "mode": how.mode,
        "by_detector": scored.by_detector,
        "by_channel": scored.by_channel,
        "max_severity": scored.max_severity,
        "strongest": scored.strongest,
        "bad_cells": scored.bad_cells,
        "missing_columns": list(scored.missing_columns),
        "encoding": scored.encoding,
        "first_time": scored.first_time,
        "last_time": scored.last_time,
        "seconds": round(how.seconds, 3),
        "container_version": __version__,
    }
    return orjson.dumps(content, option=orjson.OPT_INDENT_2)
