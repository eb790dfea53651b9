"""Records that the metering endpoint always refuses do not hold up those behind them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.metering.ledger import Ledger
    from anomaly_container.metering.usage_record import Record

log = logging.getLogger(__name__)

REFUSALS: Final = 3
"""How often a record is refused before the next one is tried after it."""
MOST_PASSED_OVER: Final = 10
"""Records passed over in one attempt before it tries the newest alone: an endpoint that refuses everything is
not sent the whole outbox each time."""


class PassingOver:
    """One attempt's way through the outbox.

    Parameters
    ----------
    ledger
        Where refusals are noted and records set aside.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._refusals = ledger.refusals()
        self._passed_over: list[Record] = []

    def is_due(self, record: Record, newest: Record) -> bool:
        """Tell whether to send a record now."""
        return len(self._passed_over) < MOST_PASSED_OVER or record.id == newest.id

    def refuse(self, record: Record) -> bool:
        """Note that a record was refused, and tell whether to go on with the next."""
        self._ledger.refused(record.id)
        if self._refusals.get(record.id, 0) + 1 < REFUSALS:
            return False
        self._passed_over.append(record)
        return True

    def accept(self) -> None:
        """Set aside what was passed over: the endpoint took a later record, so the fault is not its own."""
        for record in self._passed_over:
            self._ledger.set_aside(record.id)
            log.error(
                "The metering endpoint refuses record %s and takes later ones: it is set aside, "
                "and the command usage shows it.",
                record.id,
            )
        self._passed_over = []


def needs_a_later_one(pending: Sequence[Record], ledger: Ledger) -> bool:
    """Tell whether all that waits is refused for good and its last record is not an empty one.

    Then only a record of nothing can show whether the endpoint takes any, and one is enough.
    """
    refusals = ledger.refusals()
    return any(pending[-1].quantities.values()) and all(
        refusals.get(record.id, 0) >= REFUSALS for record in pending
    )
