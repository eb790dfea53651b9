"""What a worker has done, in metrics and in the log."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final

from anomaly_container.observability.formatters import with_facts
from anomaly_container.services.batches import metrics
from anomaly_container.services.batches.keys import hidden

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anomaly_container.services.batches.attempt import Attempt, Outcome
    from anomaly_container.services.batches.ledger import Entry
    from anomaly_container.services.batches.waiting import Item

SECONDS_OF_LONG_WORK: Final = 2.0
"""An object that takes longer is named in the log at intervals."""

log = logging.getLogger(__name__)


class Account:
    """Counts committed batches, and writes a line to the log for each.

    Parameters
    ----------
    shows_keys
        Whether the log may show keys.
    shows_channels
        Whether metrics may have the names of channels.
    """

    def __init__(self, *, shows_keys: bool, shows_channels: bool) -> None:
        self._shows_keys = shows_keys
        self._shows_channels = shows_channels

    def tell_of(self, item: Item, entry: Entry, outcome: Outcome) -> None:
        """Count a committed batch, and log it."""
        if outcome.scored is not None:
            metrics.count(outcome.scored)
            metrics.observe(outcome.progress)
            if self._shows_channels:
                metrics.show_channels(outcome.scored)
        facts = {
            "batch": entry.id,
            "key": self._shown(item),
            "rows": entry.rows,
            "anomalies": entry.anomalies,
            "revision": entry.revision,
            "attempts": item.attempts,
            **outcome.progress.milliseconds(),
        }
        log.info("Scored a batch.", extra=with_facts(facts))

    def tell_of_long(self, working: Mapping[str, Attempt]) -> None:
        """Write a line to the log for each attempt that has been worked on for long.

        Parameters
        ----------
        working
            The attempts, by the ids of their batches.
        """
        now = time.monotonic()
        for batch, attempt in working.items():
            if now - attempt.began > SECONDS_OF_LONG_WORK:
                progress = attempt.progress
                facts = {
                    "batch": batch,
                    "key": self._shown(attempt.item),
                    "rows": progress.rows,
                    "bytes_read": progress.bytes_read,
                    "bytes": progress.size,
                    "seconds": round(now - attempt.began, 1),
                }
                log.info("Still scoring a batch.", extra=with_facts(facts))

    def _shown(self, item: Item) -> str:
        return item.key if self._shows_keys else hidden(item.key)
