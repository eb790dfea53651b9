"""Places at which a process of the tests dies: between delivery, commit, snapshot and the count of usage."""

from __future__ import annotations

import os
import signal
from itertools import count
from typing import TYPE_CHECKING, Any

from anomaly_container.services.streams.snapshots import SnapshotFolder

if TYPE_CHECKING:
    from collections.abc import Callable

VARIABLE = "DIES_AT"
POINTS: dict[str, tuple[type, str, bool]] = {
    "between delivery and commit": (SnapshotFolder, "commit", True),
    "between commit and snapshot": (SnapshotFolder, "save", True),
    "within a snapshot": (SnapshotFolder, "_sync", True),
    "between snapshot and count": (SnapshotFolder, "save", False),
}
"""By place: the method at which the process dies, and whether before it or after it."""


def arm() -> None:
    """Let this process die where the environment says, `PLACE:N` for the N-th time that it comes by."""
    place, _, times = os.environ.get(VARIABLE, "").partition(":")
    if place:
        owner, name, is_before = POINTS[place]
        setattr(owner, name, dying(getattr(owner, name), int(times), is_before=is_before))


def dying(method: Callable[..., Any], times: int, *, is_before: bool) -> Callable[..., Any]:
    """Return a method that kills the process at its N-th call."""
    calls = count(1)

    def wrapped(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401  # of any method
        is_last = next(calls) == times
        if is_last and is_before:
            os.kill(os.getpid(), signal.SIGKILL)
        result = method(*arguments, **named)
        if is_last:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return wrapped
