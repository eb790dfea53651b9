"""Scoring of an attempt, whose results are written below `staging/` before they are committed."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from anomaly_container.services.batches.decompression import compressed
from anomaly_container.services.batches.keys import staging_keys
from anomaly_container.services.batches.ledger import Entry
from anomaly_container.services.batches.progress import SCORE, WRITE
from anomaly_container.services.batches.scored import Output
from anomaly_container.services.batches.summary import Scoring, summary, timestamp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from concurrent.futures import Executor

    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.services.batches.attempt import Attempt
    from anomaly_container.services.batches.modes import Mode
    from anomaly_container.services.batches.progress import Progress
    from anomaly_container.services.batches.scored import Scored
    from anomaly_container.services.batches.series_context import SeriesContext
    from anomaly_container.services.batches.state import State

MOST_READ_WHOLE: Final = 1 << 20
"""The largest object in bytes that is read whole. A longer one is read again for each pass."""
MOST_IN_MEMORY: Final = 16 << 20
"""The largest scored table in bytes that is held in memory."""
LONG_ROWS: Final = 100_000
"""A longer table is not scored again if the state has changed: what it adds is merged."""


UNKNOWN: Final = -1
"""The revision of a scoring whose baseline was not committed as it was."""


class TooLongError(Exception):
    """A scored table does not fit in memory."""


class Stage:
    """Scores attempts and stages their results.

    Parameters
    ----------
    store
        The store.
    mode
        The mode.
    threads
        Where tables are scored.
    clock
        Returns the time in seconds since 1970.
    context
        Reads earlier tables for the series detector; None if it does not run.
    """

    def __init__(
        self,
        store: ObjectStore,
        mode: Mode[Any],
        threads: Executor,
        clock: Callable[[], float],
        context: SeriesContext | None = None,
    ) -> None:
        self._store = store
        self._mode = mode
        self._threads = threads
        self._clock = clock
        self._context = context

    async def score(self, attempt: Attempt, state: State, before: Any) -> None:  # noqa: ANN401  # the baseline of a mode
        """Score a table by a baseline, and stage it under a new name.

        Parameters
        ----------
        attempt
            The attempt, which then has what is known of its table.
        state
            The state of the baseline.
        before
            The baseline; None before the first table.

        Raises
        ------
        DeadLetterError
            If the table cannot be scored.
        OutboundError
            If the store fails.
        """
        if attempt.is_short:
            try:
                await self._score_short(attempt, state, before)
            except TooLongError:
                attempt.is_short = False
            else:
                return
        name, output = await self._begin(attempt, state, before, keeps_increment=True)
        pieces = self._on_threads(compressed(output, attempt.item.key), attempt.progress)
        began, spent = time.perf_counter(), attempt.progress.spent()
        await self._store.put(staging_keys(name)[0], pieces)
        attempt.progress.rest(WRITE, time.perf_counter() - began, spent)
        assert output.scored is not None  # noqa: S101  # the last piece was taken
        attempt.scored = output.scored

    async def stage_summary(self, attempt: Attempt, state: State) -> Entry:
        """Stage the summary of a scored attempt for the next commit, and return its entry.

        Parameters
        ----------
        attempt
            The attempt.
        state
            The state, with the attempts before this one in the same commit.
        """
        scored, item = attempt.scored, attempt.item
        assert scored is not None  # noqa: S101  # it has been scored
        entry = Entry(
            key=item.key,
            etag=item.etag,
            version=item.version,
            attempt=attempt.names[-1],
            revision=state.revision + 1,
            processed_at=timestamp(self._clock()),
            rows=scored.rows,
            anomalies=scored.anomalies,
            severity=scored.max_severity,
            strongest=scored.strongest,
            counts=scored.observations,
        )
        earlier = state.ledger.newest(item.key)
        how = Scoring(
            mode=state.mode,
            revision=attempt.revision,
            replaces=earlier.id if earlier is not None else None,
            seconds=time.monotonic() - attempt.began,
        )
        await self._store.put(staging_keys(entry.attempt)[1], summary(entry, scored, how))
        return entry

    async def _score_short(self, attempt: Attempt, state: State, before: Any) -> None:  # noqa: ANN401  # as above
        name, output = await self._begin(attempt, state, before, keeps_increment=False)
        packed = compressed(output, attempt.item.key)
        loop = asyncio.get_running_loop()
        progress = attempt.progress
        began, spent = time.perf_counter(), progress.spent()
        data = await loop.run_in_executor(self._threads, _joined, packed)
        progress.rest(SCORE, time.perf_counter() - began, spent)
        attempt.scored = output.scored
        began, spent = time.perf_counter(), progress.spent()
        await self._store.put(staging_keys(name)[0], data)
        progress.rest(WRITE, time.perf_counter() - began, spent)

    async def _begin(
        self,
        attempt: Attempt,
        state: State,
        before: Any,  # noqa: ANN401  # as above
        *,
        keeps_increment: bool,
    ) -> tuple[str, Output]:
        name = str(uuid4())
        attempt.names.append(name)
        attempt.revision = state.revision
        earlier = [] if self._context is None else await self._context.read(state)
        source = replace(attempt.source, earlier=earlier)
        scoring = self._mode.score(source, state.columns, before, keeps_increment=keeps_increment)
        return name, Output(scoring)

    async def _on_threads(self, pieces: Iterator[bytes], progress: Progress) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        while True:
            began, spent = time.perf_counter(), progress.spent()
            piece = await loop.run_in_executor(self._threads, next, pieces, None)
            progress.rest(SCORE, time.perf_counter() - began, spent)
            if piece is None:
                return
            yield piece


def may_commit(attempt: Attempt, state: State, *, is_first: bool) -> bool:
    """Return whether the scoring of an attempt may be committed after a state.

    A short table is scored anew for each commit. A long one may have been scored by this state, or by an
    earlier one with the same columns.

    Parameters
    ----------
    attempt
        The attempt.
    state
        The state, with the attempts before this one in the same commit.
    is_first
        Whether this is the first attempt of the commit.
    """
    scored: Scored | None = attempt.scored
    if scored is None or attempt.is_short:
        return False
    if attempt.revision == state.revision and is_first:
        return True
    return scored.increment is not None and scored.rows > LONG_ROWS and scored.columns == state.columns


def _joined(pieces: Iterator[bytes]) -> bytes:
    size, parts = 0, []
    for piece in pieces:
        size += len(piece)
        if size > MOST_IN_MEMORY:
            raise TooLongError
        parts.append(piece)
    return b"".join(parts)
