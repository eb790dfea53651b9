"""Begin the baseline of one channel, or of all, anew; ledger and totals stay as they are."""

from __future__ import annotations

import sys
from dataclasses import fields, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from anomaly_container.cli.batches.on_store import VerbError, run_on_store
from anomaly_container.cli.batches.partitions import add_partition, chosen_partitions, store_of
from anomaly_container.cli.batches.store_state import commits_of
from anomaly_container.detection.batches.baseline import Baseline, begin
from anomaly_container.detection.batches.moments import Moments
from anomaly_container.services.batches import learnt
from anomaly_container.services.batches.columns import folded
from anomaly_container.services.batches.default_mode import DefaultMode
from anomaly_container.services.batches.modes import mode_of

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.services.batches.modes import Mode
    from anomaly_container.services.batches.settings import BatchesSettings
    from anomaly_container.services.batches.state import State

FAILED: Final = 1
YES: Final = frozenset({"y", "yes"})


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the verb to its parser."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--channel", metavar="NAME", help="the column")
    which.add_argument(
        "--all",
        action="store_true",
        help="all columns; mode and columns become those of the settings",
    )
    add_partition(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask")


def run(arguments: Namespace, settings: BatchesSettings) -> int:
    """Ask, change the state, and return the exit code."""
    what = "all channels" if arguments.all else f"the channel {arguments.channel}"
    if not arguments.yes and not _may(f"Begin the baseline of {what} anew? [y/N] "):
        sys.stderr.write("Nothing was changed; --yes does not ask.\n")
        return FAILED
    return run_on_store(settings, partial(_reset, settings=settings, arguments=arguments))


def _may(question: str) -> bool:
    """Return whether a person agrees; without a terminal there is nobody to ask."""
    if not sys.stdin.isatty():
        return False
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().strip().casefold() in YES


async def _reset(store: ObjectStore, *, settings: BatchesSettings, arguments: Namespace) -> int:
    channel: str | None = arguments.channel
    if settings.partition is not None and arguments.partition is None:
        message = "Name one partition with --partition: each has a baseline of its own."
        raise VerbError(message)
    [partition] = await chosen_partitions(store, settings, arguments.partition)
    commits = commits_of(store_of(store, partition), settings)
    mode = mode_of(settings)

    async def changed(state: State) -> tuple[State, None]:
        if channel is not None:
            return without_channel(state, channel, settings, mode), None
        after = replace(state, mode=settings.mode, columns=settings.column_names, model=None)
        return (state if after == state else after), None

    await commits.current()
    await commits.change(changed)
    sys.stdout.write(f"The baseline of {channel or 'all channels'} begins anew.\n")
    return 0


def without_channel(state: State, channel: str, settings: BatchesSettings, mode: Mode[Any]) -> State:
    """Return a state in which a channel has no observations.

    What is known of all columns together, by the joint detector and the forest, begins anew too.

    Parameters
    ----------
    state
        The state.
    channel
        The name of the column, matched as columns are.
    settings
        The settings.
    mode
        Their mode.

    Raises
    ------
    VerbError
        If the state has no such column, or was made in the other mode.
    """
    if state.mode != settings.mode:
        message = f"The state was made in {state.mode} mode: set Mode={state.mode}."
        raise VerbError(message)
    slots = [slot for slot, name in enumerate(state.columns) if folded(name) == folded(channel)]
    if not slots:
        message = f"The state has no channel {channel}; it has {', '.join(state.columns) or 'none'}."
        raise VerbError(message)
    if state.model is None:
        return state
    baseline = mode.read(state.columns, state.model)
    model = learnt.to_json(_begun_again(baseline, slots[0], state.columns, mode))
    return state if model == state.model else replace(state, model=model)


def _begun_again(baseline: Any, slot: int, columns: tuple[str, ...], mode: Mode[Any]) -> Any:  # noqa: ANN401  # the baseline of a mode
    if not isinstance(baseline, Baseline):
        return _with_slot(baseline, Moments.none(len(columns)), slot)
    assert isinstance(mode, DefaultMode)  # noqa: S101  # the other one has moments only
    begun = begin(mode.options(columns))
    return replace(begun, channels=_with_slot(baseline.channels, begun.channels, slot))


def _with_slot(known: Any, begun: Any, slot: int) -> Any:  # noqa: ANN401  # an array, or a dataclass of them
    """Return arrays of columns in which one column is that of another object."""
    if isinstance(known, np.ndarray):
        changed = known.copy()
        changed[slot] = begun[slot]
        return changed
    parts = {
        one.name: _with_slot(getattr(known, one.name), getattr(begun, one.name), slot)
        for one in fields(known)
    }
    return type(known)(**parts)
