"""The parts of one process, put together from the settings."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from anomaly_container.services.batches import keys
from anomaly_container.services.batches.account import Account
from anomaly_container.services.batches.after_commit import AfterCommit, source_of
from anomaly_container.services.batches.bridge import Bridge
from anomaly_container.services.batches.commit import Commits
from anomaly_container.services.batches.committer import Committer
from anomaly_container.services.batches.dead_letters import DeadLetters
from anomaly_container.services.batches.group import Groups
from anomaly_container.services.batches.history import History
from anomaly_container.services.batches.intake.inbox import Inbox
from anomaly_container.services.batches.intake.poll import Listing
from anomaly_container.services.batches.lease import Lease
from anomaly_container.services.batches.modes import mode_of
from anomaly_container.services.batches.partition_store import WHOLE, PartitionStore
from anomaly_container.services.batches.publish import Publisher
from anomaly_container.services.batches.reader import Reader
from anomaly_container.services.batches.repair import Repair
from anomaly_container.services.batches.series_context import SeriesContext
from anomaly_container.services.batches.setting_rules import SERIES, comma_separated
from anomaly_container.services.batches.staging import Stage
from anomaly_container.services.batches.state import State
from anomaly_container.services.batches.steps import nothing
from anomaly_container.services.batches.view import View
from anomaly_container.services.batches.waiting import Waiting
from anomaly_container.services.batches.webhook import Webhook
from anomaly_container.services.batches.worker import Room, Worker

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from anomaly_container.metering.usage import Usage
    from anomaly_container.outbound.http_client import HttpClient
    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.services.batches.modes import Mode
    from anomaly_container.services.batches.settings import BatchesSettings
    from anomaly_container.services.batches.steps import Step
    from anomaly_container.web.metering_gate import MeteringGate

TURN_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a process gives to its parts.

    Attributes
    ----------
    loop
        The event loop.
    threads
        Where tables are scored.
    gate
        The gate of metering.
    usage
        Counts usage; None if nothing is metered.
    clock
        Returns the time in seconds since 1970.
    room
        The room for objects that all partitions share; None if the store is not divided.
    reached
        Called after each step of a batch; tests stop the process there.
    """

    loop: asyncio.AbstractEventLoop
    threads: Executor
    gate: MeteringGate
    usage: Usage | None
    clock: Callable[[], float]
    room: Room | None = None
    reached: Callable[[Step], None] = nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts that share the state of one store.

    Attributes
    ----------
    settings
        The settings.
    store
        The store, or a partition of it.
    partition
        The name of the partition; blank for a store that is not divided.
    mode
        The mode.
    commits, committer, groups
        Change the state.
    history
        Knows the batches that have left the state.
    waiting
        Has the objects to score.
    inbox
        Has the objects that messages named.
    listing
        Finds objects.
    view
        The baseline for readers of the original pipeline.
    after_commit
        Raises usage and writes the view.
    publisher, repair
        Make committed batches visible.
    bridge
        Lets threads read from the store.
    worker
        Works on objects.
    """

    settings: BatchesSettings
    store: ObjectStore
    partition: str
    mode: Mode[Any]
    commits: Commits
    committer: Committer
    groups: Groups
    history: History
    waiting: Waiting
    inbox: Inbox
    listing: Listing
    view: View
    after_commit: AfterCommit
    publisher: Publisher
    repair: Repair
    bridge: Bridge
    worker: Worker


def put_together(
    settings: BatchesSettings,
    store: ObjectStore,
    around: Surroundings,
    client: HttpClient,
    partition: str = WHOLE,
) -> Parts:
    """Return the parts of a process, or those of a partition.

    Parameters
    ----------
    settings
        The settings.
    store
        The store, which is open. It is not divided.
    around
        What the process gives.
    client
        Sends to the webhook.
    partition
        The name of the partition; blank if the store is not divided.
    """
    if partition != WHOLE:
        store = PartitionStore(store, partition)
    clock = around.clock
    mode = mode_of(settings)
    first = State(mode=settings.mode, columns=settings.column_names)
    commits = Commits(store, first, Lease(store, keys.TURN, TURN_SECONDS, clock))
    history, waiting = History(store), Waiting()
    committer = Committer(
        commits,
        history,
        Stage(store, mode, around.threads, clock, _context(settings, store)),
        mode,
        DeadLetters(store, clock, copies=settings.dead_letter_copy),
        container=around.usage.instance if around.usage else "",
        keep=settings.keep,
        ahead=settings.concurrency,
        clock=clock,
        reached=around.reached,
    )
    committed = asyncio.Event()
    groups = Groups(commits, history, committer, committed)
    shown = View(store)
    publisher = Publisher(store, commits)
    bridge = Bridge(store, around.loop)
    webhook = None
    if settings.webhook:
        webhook = Webhook(client, store, settings.webhook, allow_http=settings.allow_http)
    account = Account(shows_keys=settings.log_keys, shows_channels=settings.channel_metrics)
    return Parts(
        settings=settings,
        store=store,
        partition=partition,
        mode=mode,
        commits=commits,
        committer=committer,
        groups=groups,
        history=history,
        waiting=waiting,
        inbox=Inbox(store),
        listing=Listing(store, commits, history, waiting, clock),
        view=shown,
        after_commit=AfterCommit(
            commits,
            committer,
            mode,
            shown,
            around.usage,
            source=source_of(partition),
            committed=committed,
            reached=around.reached,
        ),
        publisher=publisher,
        repair=Repair(store, commits, groups, publisher, clock),
        bridge=bridge,
        worker=Worker(
            waiting,
            Reader(store, bridge, settings.max_bytes),
            groups,
            publisher,
            around.gate,
            account,
            around.room or Room(settings.concurrency),
            attempts=settings.attempts,
            webhook=webhook,
            reached=around.reached,
        ),
    )


def _context(settings: BatchesSettings, store: ObjectStore) -> SeriesContext | None:
    """Return what reads earlier tables, if the series detector runs."""
    is_wanted = settings.mode == "default" and SERIES in comma_separated(settings.detectors)
    return SeriesContext(store, settings.series_context) if is_wanted else None
