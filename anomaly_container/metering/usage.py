"""The counter and the policy of one process."""

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
    """The counter of this process and the policy of its container. Create it after the fork.

    Parameters
    ----------
    directory
        The metering directory, as `directory.prepare` returned it.
    meters
        The wire names of the meters that the services of the port count.
    log
        The usage log, if the container is not connected.
    counts
        Whether usage can be counted. If not, pages are served and all queries are refused.

    Attributes
    ----------
    counter
        The counter; None if usage cannot be counted.
    policy
        The policy, which decides whether queries are served.
    instance
        The id of the container; empty if usage cannot be counted.

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
        """Raise the totals of a source. See `totals.raise_to`."""
        return raise_to(self.directory, source, totals)

    def close(self) -> None:
        """Release the files, which stay until their counts are collected."""
        if self.counter is not None:
            self.counter.close()
        self.policy.close()
