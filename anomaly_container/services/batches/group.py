"""Groups: the attempts of one process that are ready are committed together, and published one by one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from anomaly_container.services.batches.attempt import Attempt, Outcome
    from anomaly_container.services.batches.commit import Commits
    from anomaly_container.services.batches.committer import Committer
    from anomaly_container.services.batches.history import History
    from anomaly_container.services.batches.ledger import Entry
    from anomaly_container.services.batches.waiting import Item

T = TypeVar("T")
MOST: Final = 16
"""The most attempts of one commit."""
SECONDS_TO_MARK: Final = 1.0
"""Seconds until published batches are marked, if no other commit does."""


class Groups:
    """Collects attempts into groups and commits them, while the next group is read.

    Parameters
    ----------
    commits
        Has the newest state that this process has seen.
    history
        Knows the batches that have left the state.
    committer
        Commits a group.
    committed
        Set after each commit.
    """

    def __init__(
        self, commits: Commits, history: History, committer: Committer, committed: asyncio.Event
    ) -> None:
        self._commits = commits
        self._history = history
        self._committer = committer
        self._committed = committed
        self._ready: asyncio.Queue[tuple[Attempt, asyncio.Future[Outcome]]] = asyncio.Queue(MOST)
        self._marks: list[tuple[Entry, asyncio.Future[None]]] = []
        self._marked = asyncio.Event()

    async def knows(self, item: Item) -> bool:
        """Return whether an object is known to be in the ledger; only a commit can say that it is not."""
        state = self._commits.last
        if state is None:
            return False
        return await self._history.knows(state, item.key, item.etag, is_retry=item.is_retry)

    async def commit(self, attempt: Attempt) -> Outcome:
        """Commit an attempt with others, and return what became of it.

        Raises
        ------
        OutboundError
            If the store fails. The commit may have happened: another attempt finds out.
        Any other exception is that of the scoring.
        """
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        await self._ready.put((attempt, future))
        return await future

    async def score_ahead(self, attempt: Attempt) -> None:
        """Score a long table before its turn. See `Committer.score_ahead`."""
        await self._committer.score_ahead(attempt)

    async def mark_published(self, entry: Entry) -> None:
        """Wait until a commit has marked a batch as published."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._marks.append((entry, future))
        self._marked.set()
        await future

    async def run(self) -> None:
        """Commit groups until the task is cancelled."""
        while True:
            group = await self._next_group()
            marks, self._marks = self._marks, []
            self._marked.clear()
            waiting: list[asyncio.Future[Any]] = [future for _, future in group]
            marked = [future for _, future in marks]
            try:
                outcomes = await self._committer.commit(
                    [attempt for attempt, _ in group], [entry for entry, _ in marks]
                )
            except BaseException as error:
                for future in [*waiting, *marked]:
                    _fail(future, error)
                if not isinstance(error, Exception):
                    raise
                continue
            self._committed.set()
            for (_, future), outcome in zip(group, outcomes, strict=True):
                if outcome.error is None:
                    _resolve(future, outcome)
                else:
                    _fail(future, outcome.error)
            for future in marked:
                _resolve(future, None)

    async def _next_group(self) -> list[tuple[Attempt, asyncio.Future[Outcome]]]:
        """Return what is ready; if only marks wait, nothing after a second."""
        first = asyncio.ensure_future(self._ready.get())
        marked = asyncio.ensure_future(self._marked.wait())
        try:
            await asyncio.wait({first, marked}, return_when=asyncio.FIRST_COMPLETED)
            if not first.done():
                await asyncio.wait({first}, timeout=SECONDS_TO_MARK)
        finally:
            marked.cancel()
            if not first.done():
                first.cancel()
        group = [first.result()] if first.done() and not first.cancelled() else []
        while group and len(group) < MOST and not self._ready.empty():
            group.append(self._ready.get_nowait())
        return group


def _resolve(future: asyncio.Future[T], result: T) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[Any], error: BaseException) -> None:
    if future.done():
        return
    if isinstance(error, Exception):
        future.set_exception(error)
    else:
        future.cancel()
