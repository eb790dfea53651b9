"""How many processors this process may use, and so how many workers it starts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anomaly_container.settings.server import ServerSettings


def worker_count(settings: ServerSettings) -> int:
    """Return how many workers there are: as set, or one for each processor."""
    return settings.workers or available_processors()


def available_processors(processes: Path = Path("/proc"), groups: Path = Path("/sys/fs/cgroup")) -> int:
    """Return the whole processors left by the affinity mask and every control group's quota, at least 1."""
    allowed = len(os.sched_getaffinity(0))
    return max(1, int(min([allowed, *_quotas(processes / "self" / "cgroup", groups)])))


def _quotas(membership: Path, groups: Path) -> Iterator[float]:
    """Yield the quota, in processors, of each control group this process is in, version 2 and version 1."""
    for line in _read(membership).strip("\n").split("\n"):
        if line.count(":") < 2:
            continue
        _, controllers, group = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        # Within a container's own namespace the path may point outside what is mounted: the root then holds
        # the container's quota, and it is always on the way up.
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
        # The names of groups are bytes, as those of all files are.
        return os.fsdecode(path.read_bytes())
    except OSError:
        return ""
