"""The state of a store, for verbs that change it beside running workers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from anomaly_container.services.batches import keys
from anomaly_container.services.batches.commit import Commits
from anomaly_container.services.batches.lease import Lease
from anomaly_container.services.batches.parts import TURN_SECONDS
from anomaly_container.services.batches.state import State

if TYPE_CHECKING:
    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.services.batches.settings import BatchesSettings


def commits_of(store: ObjectStore, settings: BatchesSettings) -> Commits:
    """Return what reads the state and changes it by conditional writes.

    Parameters
    ----------
    store
        The store.
    settings
        The settings, whose mode and columns a first state would have.
    """
    first = State(mode=settings.mode, columns=settings.column_names)
    return Commits(store, first, Lease(store, keys.TURN, TURN_SECONDS, time.time))
