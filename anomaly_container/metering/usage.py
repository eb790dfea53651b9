"""What one process needs to count usage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anomaly_container.metering.counter import Counter
from anomaly_container.metering.directory import instance
from anomaly_container.metering.policy import ClosedPolicy, PolicyByte
from anomaly_container.metering.totals import raise_to

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from anomaly_container.metering.policy import Policy
    from anomaly_container.metering.usage_log import UsageLog


class Usage:
    """The counter of this process, and what the metering endpoint has said; made after the fork.

    Parameters
    ----------
    directory
        The metering directory, as `directory.prepare` returned it.
    meters
        The wire names of what the services of the port count.
    log
        Where usage is logged if the container is not connected.
    counts
        Whether usage can be counted. Otherwise pages are served and all queries are refused.

    Attributes
    ----------
    counter
        None if usage cannot be counted.
    policy
        Whether queries are served.
    instance
        The id of the container; blank if usage cannot be counted.

    Raises
    ------
    OSError
        If the directory takes no more files, or is gone.
    """

    def __init__(
        self, directory: Path, meters: Sequence[str], log: UsageLog | None = None, *, counts: bool = True
    ) -> None:
        self.directory = directory
        self.meters = meters
        self.log = log
        self.instance = instance(directory) if counts else ""
        self.counter = Counter.open(directory, meters) if counts else None
        self.policy: Policy = PolicyByte(directory) if counts else ClosedPolicy()

    def raise_to(self, source: str, totals: Mapping[str, int]) -> dict[str, int]:
        """Raise the totals of a source as `totals.raise_to` does, which says the rest."""
        return raise_to(self.directory, source, totals)

    def close(self) -> None:
        """Release the files, which stay until their counts are collected."""
        if self.counter is not None:
            self.counter.close()
        self.policy.close()
