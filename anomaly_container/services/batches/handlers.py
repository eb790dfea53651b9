"""The handlers of batches."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
from heapq import nlargest
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from anomaly_container.detection.batches.csv_rows import TableError
from anomaly_container.outbound.errors import NotFound, TooLarge
from anomaly_container.services.batches import contract
from anomaly_container.services.batches.dead_letters import DeadLetterError
from anomaly_container.services.batches.errors import (
    BasicCredentialsWanted,
    InvalidLimit,
    UnknownBatch,
    UnknownDeadLetter,
    UnknownPartition,
)
from anomaly_container.services.batches.intake import sns
from anomaly_container.services.batches.intake.events import ObjectEvent
from anomaly_container.services.batches.keys import PROCESSED, is_scored, output_key, summary_key
from anomaly_container.services.batches.processed import anomalous_rows, points
from anomaly_container.services.batches.stretches import MOST_POINTS
from anomaly_container.services.batches.summary import timestamp
from anomaly_container.web.errors import JSON
from anomaly_container.web.request_body import read_body

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from anomaly_container.services.batches.ledger import Entry
    from anomaly_container.services.batches.parts import Parts
    from anomaly_container.services.batches.resources import Batches
    from anomaly_container.services.batches.state import State

MOST_ROWS: Final = 1000
MOST_ENTRIES: Final = 1000
USUAL_LIMIT: Final = 50
RECENT_TABLES: Final = 10
LONGEST_SUMMARY: Final = 4 << 20


async def notify(batches: Batches, request: web.Request) -> web.StreamResponse:
    """Handle a message of SNS."""
    if not _may_notify(batches, request):
        raise BasicCredentialsWanted
    status = await batches.sns.take(request.headers, await read_body(request, sns.LONGEST))
    return _json({"status": status})


async def recent(batches: Batches, request: web.Request) -> web.StreamResponse:
    """Return flagged rows of the tables with the greatest keys."""
    most = _limit(request, MOST_ROWS, USUAL_LIMIT)
    chosen = _chosen(batches, request)
    listed = chosen[0].store.list(PROCESSED) if len(chosen) == 1 else batches.store.list(PROCESSED)
    tables = nlargest(RECENT_TABLES, [info.key async for info in listed if is_scored(info.key)])
    rows: list[dict[str, Any]] = []
    for key in tables:
        rows += await _read(chosen[0], key, anomalous_rows, most - len(rows))
        if len(rows) == most:
            break
    return _json(contract.recent_anomalies(rows))


async def summary(batches: Batches, request: web.Request) -> web.StreamResponse:
    """Return the totals."""
    return _json(contract.anomalies_summary(await batches.partitions.states(_chosen(batches, request))))


async def baseline(batches: Batches, request: web.Request) -> web.StreamResponse:
    """Return the baseline."""
    chosen = _chosen(batches, request)
    states = await batches.partitions.states(chosen)
    shown = {
        parts.partition: _baseline(batches, parts, state) for parts, state in zip(chosen, states, strict=True)
    }
    return _json(contract.baseline_of_partitions(shown) if len(chosen) > 1 else shown[chosen[0].partition])


def _baseline(batches: Batches, parts: Parts, state: State) -> dict[str, Any]:
    known = parts.committer.baseline(state)
    observed = None if known is None else parts.mode.observed(known)
    return contract.current_baseline(state, observed, _maturity(batches))


async def health(batches: Batches, _request: web.Request) -> web.StreamResponse:
    """Return that the process is alive."""
    return _json(contract.health(batches.settings.bucket, timestamp(batches.clock())))


async def list_batches(batches: Batches, request: web.Request) -> web.StreamResponse:
    """Return a page of batches, newest first."""
    chosen = _chosen(batches, request)
    states = await batches.partitions.states(chosen)
    entries = contract.newest_first([state.ledger.batches() for state in states])
    page = _page("batches", entries, request, contract.batch)
    working = [contract.working(*one) for parts in chosen for one in parts.worker.working.items()]
    facts = contract.baseline_facts(states, _maturity(batches))
    return _json(page | {"working": working} | facts | _partitions(batches))


async def one_batch(batches: Batches, request: web.Request) -> web.StreamResponse:
    """Return one batch with its summary."""
    wanted = request.match_info["id"]
    for parts in batches.partitions.every():
        attempt = parts.worker.working.get(wanted)
        if attempt is not None:
            return _json(contract.working(wanted, attempt))
    entry, _, _ = await _batch(batches, request)
    try:
        found = (await batches.store.read(summary_key(entry.key), LONGEST_SUMMARY)).data
    except (NotFound, TooLarge):
        found = None
    return _json(contract.batch_with_summary(entry, found))


async def batch_rows(batches: Batches, request: web.Request) -> web.StreamResponse:
    """Return time, value and flag of one channel of a batch."""
    entry, parts, state = await _batch(batches, request)
    most = _limit(request, MOST_POINTS, MOST_POINTS)
    channel = request.query.get("channel") or next(iter(state.columns), "")
    found = await _read(parts, output_key(entry.key), points, channel, batches.settings.time_column, most)
    return _json({"id": entry.id, "channel": channel, "rows": found})


async def list_dead_letters(batches: Batches, request: web.Request) -> web.StreamResponse:
    """Return a page of dead letters, newest first."""
    states = await batches.partitions.states(_chosen(batches, request))
    entries = contract.newest_first([state.ledger.dead_letters() for state in states])
    return _json(_page("deadletters", entries, request, contract.dead_letter))


async def retry_dead_letter(batches: Batches, request: web.Request) -> web.StreamResponse:
    """Note an object for another attempt."""
    wanted = request.match_info["id"]
    every = batches.partitions.every()
    for parts, state in zip(every, await batches.partitions.states(every), strict=True):
        for entry in state.ledger.dead_letters():
            if entry.id == wanted:
                one = ObjectEvent(batches.settings.bucket, entry.key, entry.etag, entry.version)
                name = f"retry-{entry.id}"
                for item in await parts.inbox.note(name, [one], batches.clock(), is_retry=True):
                    await parts.waiting.put(item)
                return _json({"id": entry.id, "status": "waiting"}, 202)
    raise UnknownDeadLetter


def _chosen(batches: Batches, request: web.Request) -> list[Parts]:
    """Return the parts of the partition of a query, or those of all."""
    name = request.query.get("partition")
    if not name:
        return batches.partitions.every()
    parts = batches.partitions.named(name)
    if parts is None:
        raise UnknownPartition
    return [parts]


def _partitions(batches: Batches) -> dict[str, Any]:
    """Return what the store is divided by, and the partitions; nothing if it is not divided."""
    word = batches.settings.partition
    return {} if word is None else {"partition": word, "partitions": batches.partitions.names()}


async def _batch(batches: Batches, request: web.Request) -> tuple[Entry, Parts, State]:
    wanted = request.match_info["id"]
    every = batches.partitions.every()
    for parts, state in zip(every, await batches.partitions.states(every), strict=True):
        for entry in state.ledger.batches():
            if entry.id == wanted:
                return entry, parts, state
    raise UnknownBatch


async def _read(parts: Parts, key: str, read: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401  # what `read` returns
    """Read a scored table on a thread; one that is gone, or is not a table, has no rows."""
    try:
        info = await parts.store.head(key)
        pieces = parts.bridge.pieces(key, info.etag)
        return await asyncio.to_thread(read, pieces, key, *arguments)
    except (NotFound, DeadLetterError, TableError, ValueError):
        return []


def _page(
    name: str, entries: Sequence[Entry], request: web.Request, shown: Callable[[Entry], dict[str, Any]]
) -> dict[str, Any]:
    most, before = _limit(request, MOST_ENTRIES, USUAL_LIMIT), request.query.get("before")
    if before is not None:
        places = [place for place, entry in enumerate(entries) if entry.id == before]
        entries = entries[places[0] + 1 :] if places else []
    following = entries[most - 1].id if len(entries) > most else None
    return contract.page(name, map(shown, entries[:most]), following)


def _maturity(batches: Batches) -> int:
    return batches.partitions.first.mode.maturity


def _limit(request: web.Request, most: int, usual: int) -> int:
    text = request.query.get("limit", str(usual))
    if text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= most:
        return int(text)
    raise InvalidLimit(most)


def _may_notify(batches: Batches, request: web.Request) -> bool:
    """Return whether a message has the basic credentials of the settings, if they have any."""
    user, password = batches.settings.notify_user, batches.settings.notify_password
    if user is None or password is None:
        return True
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    try:
        given = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return False
    wanted = f"{user}:{password.get_secret_value()}".encode()
    return scheme.casefold() == "basic" and hmac.compare_digest(given, wanted)


def _json(content: object, status: int = 200) -> web.Response:
    return web.Response(body=contract.render(content), status=status, content_type=JSON)
