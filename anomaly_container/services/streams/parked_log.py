"""Log lines about parked records: the first of a reason at once, and then counts each minute."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING, Final

from anomaly_container.observability.formatters import with_facts

if TYPE_CHECKING:
    from collections.abc import Iterable

SECONDS_BETWEEN: Final = 60.0
log = logging.getLogger(__name__)


class ParkedLog:
    """Logs the reasons of parked records, without their values."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._said: dict[str, float] = {}

    def take(self, reasons: Iterable[str], now: float) -> None:
        """Take the reasons of a batch, and write what is due.

        Parameters
        ----------
        reasons
            One for each parked record.
        now
            The time in seconds since 1970.
        """
        self._counts.update(reasons)
        for reason, count in list(self._counts.items()):
            said = self._said.get(reason)
            if said is None or now - said >= SECONDS_BETWEEN:
                log.warning("Records were parked.", extra=with_facts({"reason": reason, "records": count}))
                self._said[reason] = now
                del self._counts[reason]
