"""The committer: attempts of one process are scored one after the other, and committed together."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from anomaly_container.outbound.errors import Refused, Unavailable
from anomaly_container.services.batches import learnt
from anomaly_container.services.batches.attempt import DEAD_LETTER, DUPLICATE, FAILED, PROCESSED, Outcome
from anomaly_container.services.batches.bridge import EndedError
from anomaly_container.services.batches.dead_letters import DeadLetterError
from anomaly_container.services.batches.staging import UNKNOWN, may_commit
from anomaly_container.services.batches.state import Line, units_of
from anomaly_container.services.batches.steps import Step, nothing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from anomaly_container.services.batches.attempt import Attempt
    from anomaly_container.services.batches.commit import Commits
    from anomaly_container.services.batches.dead_letters import DeadLetters
    from anomaly_container.services.batches.history import History
    from anomaly_container.services.batches.ledger import Entry
    from anomaly_container.services.batches.modes import Mode
    from anomaly_container.services.batches.staging import Stage
    from anomaly_container.services.batches.state import State

SECONDS_A_DAY: Final = 86_400


class Committer:
    """Commits groups of attempts.

    Parameters
    ----------
    commits
        Writes the state.
    history
        Knows the batches that have left the state.
    stage
        Scores attempts.
    mode
        The mode.
    dead_letters
        Writes dead letters.
    container
        The id of this container, for usage.
    keep
        How many batches the state keeps.
    ahead
        How many long tables are scored at once before their turn.
    clock
        Returns the time in seconds since 1970.
    reached
        Called when a group is staged; tests stop the process there.
    """

    def __init__(  # noqa: PLR0913  # each is a separate part of a commit
        self,
        commits: Commits,
        history: History,
        stage: Stage,
        mode: Mode[Any],
        dead_letters: DeadLetters,
        *,
        container: str,
        keep: int,
        ahead: int,
        clock: Callable[[], float],
        reached: Callable[[Step], None] = nothing,
    ) -> None:
        self._commits = commits
        self._history = history
        self._stage = stage
        self._mode = mode
        self._dead_letters = dead_letters
        self._container = container
        self._keep = keep
        self._clock = clock
        self._reached = reached
        self._room_ahead = asyncio.Semaphore(ahead)
        self._decoded: tuple[Mapping[str, Any] | None, Any] = (None, None)

    async def commit(self, group: Sequence[Attempt], marks: Sequence[Entry]) -> list[Outcome]:
        """Score a group on the newest state, commit it by one write, and return what became of each attempt.

        Parameters
        ----------
        group
            The attempts.
        marks
            Batches that have been published; the same write marks them so.
        """
        return await self._commits.change(partial(self._changed, group, marks))

    async def score_ahead(self, attempt: Attempt) -> None:
        """Score a long table by the newest state, before its turn: the commits of others need not wait.

        Raises
        ------
        DeadLetterError
            If the table cannot be scored.
        OutboundError
            If the store fails.
        """
        async with self._room_ahead:
            state = await self._commits.current()
            await self._stage.score(attempt, state, self.baseline(state))

    def baseline(self, state: State) -> Any:  # noqa: ANN401  # the baseline of a mode
        """Return the baseline of a state; None before the first batch."""
        if state.model is None:
            return None
        if self._decoded[0] is not state.model:
            self._decoded = state.model, self._mode.read(state.columns, state.model)
        return self._decoded[1]

    async def _changed(
        self, group: Sequence[Attempt], marks: Sequence[Entry], before: State
    ) -> tuple[State, list[Outcome]]:
        state, outcomes = before, []
        for attempt in group:
            state, outcome = await self._with_attempt(attempt, state, before)
            outcomes.append(outcome)
        ledger = state.ledger.published(marks)
        if ledger is not state.ledger:  # else another process has marked them
            state = replace(state, ledger=ledger)
        # What this commit adds stays: a shard that knows it would hide it if the commit fails.
        gone = [one for one in state.ledger.overflow(self._keep) if before.ledger.find(one.key, one.etag)]
        if gone:
            await self._history.remember(gone)
            state = replace(state, ledger=state.ledger.after_eviction(gone))
        if group:
            self._reached(Step.STAGED)
        return state, outcomes

    async def _with_attempt(self, attempt: Attempt, state: State, before: State) -> tuple[State, Outcome]:
        item = attempt.item
        entry = state.ledger.find(item.key, item.etag)
        if entry is not None and entry.attempt in attempt.names:  # the answer to its commit was lost
            return state, Outcome(PROCESSED, entry, attempt.scored)
        if await self._history.knows(state, item.key, item.etag, is_retry=item.is_retry):
            return state, Outcome(DUPLICATE)
        try:
            return await self._with_batch(attempt, state, before)
        except DeadLetterError as fault:
            attempt.fault = fault
        except (Unavailable, EndedError):
            raise
        except Exception as error:  # noqa: BLE001  # one object must not hold up the others of its group
            return state, Outcome(FAILED, error=error)
        try:
            entry = await self._dead_letters.write(item, attempt.fault, before.revision + 1)
        except Refused as error:
            return state, Outcome(FAILED, error=error)
        return state.with_dead_letters([entry]), Outcome(DEAD_LETTER, entry)

    async def _with_batch(self, attempt: Attempt, state: State, before: State) -> tuple[State, Outcome]:
        if attempt.fault is not None:
            raise attempt.fault
        is_first = state is before
        if not may_commit(attempt, state, is_first=is_first):
            await self._stage.score(attempt, state, self.baseline(state))
            if not is_first:  # its baseline has what is not committed yet
                attempt.revision = UNKNOWN
            is_merged = False
        else:
            is_merged = attempt.revision != before.revision or not is_first
        scored = attempt.scored
        assert scored is not None  # noqa: S101  # it has just been scored
        entry = await self._stage.stage_summary(attempt, state)
        baseline = scored.learnt
        if is_merged:
            baseline = self._mode.merged(state.columns, self.baseline(state), scored.increment)
        model = learnt.to_json(baseline)
        self._decoded = model, baseline
        day = int(self._clock() // SECONDS_A_DAY)
        usage = Line(1, units_of(scored.rows * len(scored.columns)), day)
        after = replace(state, columns=scored.columns).with_batch(entry, usage, self._container, model)
        return after, Outcome(PROCESSED, entry, scored)
