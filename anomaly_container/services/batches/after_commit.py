"""What follows a commit: usage is raised to the totals of the state, and the view shows the new baseline."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from anomaly_container.metering.meters import wire_name
from anomaly_container.services.batches import view
from anomaly_container.services.batches.keys import RAW, key_id
from anomaly_container.services.batches.patience import patiently
from anomaly_container.services.batches.state import Line
from anomaly_container.services.batches.steps import Step, nothing

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.metering.usage import Usage
    from anomaly_container.services.batches.commit import Commits
    from anomaly_container.services.batches.committer import Committer
    from anomaly_container.services.batches.modes import Mode
    from anomaly_container.services.batches.state import State
    from anomaly_container.services.batches.view import View

SOURCE: Final = "batches"
"""The source of usage of a store that is not divided."""
BATCH_DETECT: Final = wire_name("BatchDetect")
DATA_POINTS: Final = wire_name("DataPoints")


def source_of(partition: str) -> str:
    """Return the source of usage of a partition: each state has its own totals."""
    return f"{SOURCE}-{key_id(f'{RAW}{partition}/')}" if partition else SOURCE


class AfterCommit:
    """Follows the commits of a process; what a crash leaves undone is done at the next start.

    Parameters
    ----------
    commits
        Has the newest state.
    committer
        Has its baseline.
    mode
        The mode.
    shown
        The view.
    usage
        Counts usage; None if nothing is metered.
    source
        The source of its usage.
    committed
        Set after each commit.
    reached
        Called when the view is written; tests stop the process there.
    """

    def __init__(  # noqa: PLR0913  # each is a separate part of what follows
        self,
        commits: Commits,
        committer: Committer,
        mode: Mode[Any],
        shown: View,
        usage: Usage | None,
        *,
        source: str,
        committed: asyncio.Event,
        reached: Callable[[Step], None] = nothing,
    ) -> None:
        self._commits = commits
        self._committer = committer
        self._mode = mode
        self._view = shown
        self._usage = usage
        self._source = source
        self._committed = committed
        self._reached = reached

    async def run(self) -> None:
        """Follow the commits until the task is cancelled, and first what another process did not follow."""
        await patiently(self._commits.current)
        while True:
            await patiently(self.follow)
            await self._committed.wait()
            self._committed.clear()

    async def follow(self) -> None:
        """Raise the usage and write the view of the newest state."""
        state = self._commits.last
        if state is None:
            return
        await asyncio.to_thread(self.raise_usage, state)
        baseline = self._committer.baseline(state)
        if baseline is not None and state.last_updated is not None:
            data = view.render(state.columns, self._mode.observed(baseline), state.last_updated)
            await self._view.write(data, state.last_updated)
            self._reached(Step.VIEWED)

    def raise_usage(self, state: State) -> None:
        """Raise the usage of this container to what the state says; a repetition changes nothing."""
        if self._usage is None or not self._usage.instance:
            return
        line = state.usage.get(self._usage.instance, Line())
        self._usage.raise_to(self._source, {BATCH_DETECT: line.batches, DATA_POINTS: line.points})
