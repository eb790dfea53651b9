"""Dead letters: records that the metering endpoint keeps refusing although it accepts later ones."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.metering.ledger import Ledger
    from anomaly_container.metering.usage_record import Record

log = logging.getLogger(__name__)

REFUSALS: Final = 3
"""Refusals of a record before an attempt continues with the next one."""
MOST_PASSED_OVER: Final = 10
"""Records skipped in one attempt before it tries only the newest: an endpoint that refuses everything is not
sent the whole outbox each time."""


class PassingOver:
    """The progress of one attempt through the outbox.

    Parameters
    ----------
    ledger
        The ledger that counts refusals and keeps the records that are set aside.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._refusals = ledger.refusals()
        self._passed_over: list[Record] = []

    def is_due(self, record: Record, newest: Record) -> bool:
        """Return whether to send a record in this attempt."""
        return len(self._passed_over) < MOST_PASSED_OVER or record.id == newest.id

    def refuse(self, record: Record) -> bool:
        """Count a refusal of a record and return whether to continue with the next one."""
        self._ledger.refused(record.id)
        if self._refusals.get(record.id, 0) + 1 < REFUSALS:
            return False
        self._passed_over.append(record)
        return True

    def accept(self) -> None:
        """Set aside the skipped records: the endpoint accepted a later one, so it is not at fault."""
        for record in self._passed_over:
            self._ledger.set_aside(record.id)
            log.error(
                "The metering endpoint refuses record %s and takes later ones: it is set aside, "
                "and the command usage shows it.",
                record.id,
            )
        self._passed_over = []


def needs_a_later_one(pending: Sequence[Record], ledger: Ledger) -> bool:
    """Return whether all pending records are refused for good and the last one is not empty.

    Then only an empty record can show whether the endpoint accepts any, and one is enough.
    """
    refusals = ledger.refusals()
    return any(pending[-1].quantities.values()) and all(
        refusals.get(record.id, 0) >= REFUSALS for record in pending
    )
