"""Which connections a process has accepted, as the kernel says."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))


def accepted(pid: int, port: int) -> frozenset[int]:
    """The clients' ports of the connections that a process has accepted on a port.

    A connection that no process has accepted yet has no inode.
    """
    inodes = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            inodes.add(descriptor.readlink().name.removeprefix("socket:[").removesuffix("]"))
    ports = set()
    for line in (row for table in TABLES for row in table.read_text().splitlines()[1:]):
        cells = line.split()
        if cells[1].endswith(f":{port:04X}") and cells[9] != "0" and cells[9] in inodes:
            ports.add(int(cells[2].partition(":")[2], 16))
    return frozenset(ports - {0})  # the listening socket has no client
