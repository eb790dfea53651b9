"""The readiness of the process for queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from anomaly_container.metering.policy import MESSAGES, Gate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from anomaly_container.web.shell import Shell

STOPPING: Final = "The container is stopping."


@dataclass(frozen=True, slots=True)
class Readiness:
    """The readiness at one moment.

    Attributes
    ----------
    is_ready
        Whether queries are served.
    message
        One sentence: the first reason why not, or the status of the API key.
    retry_after
        Seconds until the process may be ready; None if waiting does not help.
    """

    is_ready: bool
    message: str
    retry_after: int | None = None


def readiness(shell: Shell, services: Sequence[Callable[[], str | None]]) -> Readiness:
    """Combine the reasons to refuse queries: shutdown, metering, services, and failed tasks.

    Parameters
    ----------
    shell
        The shell of this process.
    services
        For each service of the port, a function that returns None or the reason why it is not ready.
    """
    status, gate, seconds = shell.gate.standing()
    if shell.draining.is_set():
        return Readiness(is_ready=False, message=STOPPING)
    if gate is not Gate.SERVE:
        wait = seconds if gate is Gate.COULD_NOT_CONNECT else None
        return Readiness(is_ready=False, message=MESSAGES[status], retry_after=wait)
    for ready in services:
        reason = ready()
        if reason is not None:
            return Readiness(is_ready=False, message=reason)
    failed = shell.supervisor.failed
    if failed is not None:
        return Readiness(is_ready=False, message=f"The task {failed} has failed and begins again soon.")
    return Readiness(is_ready=True, message=MESSAGES[status])
