"""The partitions that a verb works on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anomaly_container.cli.batches.on_store import VerbError
from anomaly_container.services.batches.partition_store import (
    REST,
    WHOLE,
    PartitionStore,
    partitions_in,
)
from anomaly_container.services.batches.partitions import MOST

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.services.batches.settings import BatchesSettings


def add_partition(parser: ArgumentParser) -> None:
    """Add the argument `partition` to the parser of a verb."""
    parser.add_argument(
        "--partition",
        metavar="NAME",
        help=f"only this folder below raw/, if Batches:Partition is set; {REST} for files in no folder",
    )


async def chosen_partitions(store: ObjectStore, settings: BatchesSettings, name: str | None) -> list[str]:
    """Return the names of the partitions to work on.

    Parameters
    ----------
    store
        The store, not divided.
    settings
        The settings.
    name
        The one that is wanted; None for all.

    Raises
    ------
    VerbError
        If there is no such partition, or the store is not divided.
    """
    if settings.partition is None:
        if name is None:
            return [WHOLE]
        message = "--partition needs the setting Partition: the store is not divided."
        raise VerbError(message)
    found = sorted({REST, *await partitions_in(store, MOST)})
    if name is None:
        return found
    if name not in found:
        message = f"The store has no partition {name}."
        raise VerbError(message)
    return [name]


def store_of(store: ObjectStore, partition: str) -> ObjectStore:
    """Return the store of a partition; the store itself if it is not divided."""
    return store if partition == WHOLE else PartitionStore(store, partition)
