"""The number of processors that this process may use, and of the workers for them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from anomaly_container.settings.server import ServerSettings
    from anomaly_container.web.service import Service


def worker_count(settings: ServerSettings, services: Iterable[Service[Any, Any]] = ()) -> int:
    """Return the number of workers: as set, or one for each processor if the services allow as many.

    Parameters
    ----------
    settings
        The settings of the port.
    services
        The services of the port.
    """
    limits = [service.max_workers for service in services if service.max_workers is not None]
    return settings.workers or min([available_processors(), *limits])


def available_processors(processes: Path = Path("/proc"), groups: Path = Path("/sys/fs/cgroup")) -> int:
    """Return the whole processors that the affinity mask and the cgroup quotas leave, at least 1."""
    allowed = len(os.sched_getaffinity(0))
    return max(1, int(min([allowed, *_quotas(processes / "self" / "cgroup", groups)])))


def _quotas(membership: Path, groups: Path) -> Iterator[float]:
    """Yield the quota, in processors, of each control group of this process, version 2 and version 1."""
    for line in _read(membership).strip("\n").split("\n"):
        if line.count(":") < 2:
            continue
        _, controllers, group = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        # In the namespace of a container the path may point outside the mounted tree. Then the root holds the
        # quota of the container, and the root is an ancestor of every path.
        branch = Path(group.lstrip("/"))
        for relative in (branch, *branch.parents):
            directory = groups / controllers / relative
            limit, _, period = _read(directory / "cpu.max").partition(" ")
            yield from _quota(limit, period)
            yield from _quota(_read(directory / "cpu.cfs_quota_us"), _read(directory / "cpu.cfs_period_us"))


def _quota(limit: str, period: str) -> Iterator[float]:
    if limit.strip().isdecimal() and period.strip().isdecimal():
        yield int(limit) / int(period)


def _read(path: Path) -> str:
    try:
        # The names of groups are bytes, like those of all files.
        return os.fsdecode(path.read_bytes())
    except OSError:
        return ""
