"""The JSON of the routes, in the names of the original pipeline where it has them."""

from __future__ import annotations

from heapq import merge
from typing import TYPE_CHECKING, Any, Final

import orjson

from anomaly_container.services.batches import view
from anomaly_container.services.batches.keys import output_key, summary_key
from anomaly_container.services.batches.ledger import RECENT
from anomaly_container.services.batches.summary import common_fields, rate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from anomaly_container.detection.batches.moments import Moments
    from anomaly_container.services.batches.attempt import Attempt
    from anomaly_container.services.batches.ledger import Entry
    from anomaly_container.services.batches.state import State

NOTHING_YET: Final = {"message": "No processed files yet."}


def render(content: object) -> bytes:
    """Return JSON; a number that is not finite becomes null."""
    return orjson.dumps(content)


def anomalies_summary(states: Sequence[State]) -> dict[str, Any]:
    """Return the totals of all batches, and the newest of them.

    Parameters
    ----------
    states
        The state of each partition.
    """
    files, rows, anomalies = (
        sum(getattr(state, name) for state in states) for name in ("files", "rows", "anomalies")
    )
    if not files:
        return NOTHING_YET
    newest = newest_first([state.ledger.batches()[:RECENT] for state in states])
    return {
        "files_processed": files,
        "total_rows_scored": rows,
        "total_anomalies": anomalies,
        "overall_anomaly_rate": rate(anomalies, rows),
        "most_recent": [common_fields(entry) for entry in newest[:RECENT]],
    }


def newest_first(lists: Sequence[Sequence[Entry]]) -> list[Entry]:
    """Return entries of several lists, each of which has the newest first, as one such list."""
    return list(merge(*lists, key=lambda entry: entry.processed_at, reverse=True))


def recent_anomalies(rows: Sequence[Mapping[str, object]]) -> dict[str, Any]:
    """Return flagged rows, newest file first."""
    return {"count": len(rows), "anomalies": list(rows)}


def current_baseline(state: State, observed: Moments | None, maturity: int) -> dict[str, Any]:
    """Return the baseline of each channel that has observations.

    Parameters
    ----------
    state
        The state.
    observed
        The moments of all values; None before the first batch.
    maturity
        The observations from which a baseline is used.
    """
    channels = {}
    if observed is not None:
        for name, count, mean, m2 in zip(
            state.columns, observed.count, observed.mean, observed.m2, strict=True
        ):
            if count:
                channels[name] = {
                    "observations": int(count),
                    "mean": round(float(mean), 4),
                    "std": round(view.deviation(count, m2), 4),
                    "baseline_mature": bool(count >= maturity),
                }
    return {"last_updated": state.last_updated, "channels": channels}


def baseline_of_partitions(baselines: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the baselines of several partitions as one; the name of a channel begins with its partition.

    Parameters
    ----------
    baselines
        What `current_baseline` returns, by partition.
    """
    times = [one["last_updated"] for one in baselines.values() if one["last_updated"] is not None]
    channels = {
        f"{partition}/{name}": facts
        for partition, one in baselines.items()
        for name, facts in one["channels"].items()
    }
    return {"last_updated": max(times, default=None), "channels": channels}


def health(bucket: str, now: str) -> dict[str, Any]:
    """Return the answer of the original pipeline's health check."""
    return {"status": "ok", "bucket": bucket, "timestamp": now}


def batch(entry: Entry) -> dict[str, Any]:
    """Return one batch: what is known of it, and how far it is."""
    return {
        "id": entry.id,
        "key": entry.key,
        "etag": entry.etag,
        "version": entry.version,
        "state": "published" if entry.published else "committed",
        "revision": entry.revision,
        "processed_at": entry.processed_at,
        "rows": entry.rows,
        "anomalies": entry.anomalies,
        "anomaly_rate": rate(entry.anomalies, entry.rows),
        "max_severity": entry.severity,
        "strongest": entry.strongest,
        "output_key": output_key(entry.key),
        "summary_key": summary_key(entry.key),
    }


def working(id_: str, attempt: Attempt) -> dict[str, Any]:
    """Return a batch that this process is working on: how far it is."""
    item, progress = attempt.item, attempt.progress
    return {
        "id": id_,
        "key": item.key,
        "etag": item.etag,
        "version": item.version,
        "state": "working",
        "rows": progress.rows,
        "bytes_read": progress.bytes_read,
        "bytes": progress.size,
        "summary": None,
    }


def batch_with_summary(entry: Entry, summary: bytes | None) -> dict[str, Any]:
    """Return one batch with the content of its summary; null if it is not published, or gone.

    Parameters
    ----------
    entry
        The batch.
    summary
        The bytes of the summary.
    """
    try:
        content = None if summary is None else orjson.loads(summary)
    except orjson.JSONDecodeError:
        content = None
    return batch(entry) | {"summary": content if isinstance(content, dict) else None}


def baseline_facts(states: Sequence[State], maturity: int) -> dict[str, Any]:
    """Return what batches are scored by: the mode, the columns, and the observations that each needs."""
    columns = dict.fromkeys(name for state in states for name in state.columns)
    return {"mode": states[0].mode, "columns": list(columns), "maturity": maturity}


def dead_letter(entry: Entry) -> dict[str, Any]:
    """Return one dead letter."""
    return {
        "id": entry.id,
        "key": entry.key,
        "etag": entry.etag,
        "version": entry.version,
        "reason": entry.reason,
        "last_seen": entry.processed_at,
    }


def page(name: str, entries: Iterable[dict[str, Any]], before: str | None) -> dict[str, Any]:
    """Return one page of a list, and the id with which the next one begins; null at the end.

    Parameters
    ----------
    name
        The name of the list.
    entries
        The entries of the page.
    before
        The id of its last entry; None if no more follow.
    """
    return {name: list(entries), "next": before}
