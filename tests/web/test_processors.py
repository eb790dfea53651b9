from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from anomaly_container.web.processors import available_processors

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def eight_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(8)))


def count(root: Path, membership: str, **files: str) -> int:
    """The processors of a machine with these control groups; `__` in a file's name is a slash."""
    (root / "proc" / "self").mkdir(parents=True)
    (root / "proc" / "self" / "cgroup").write_text(membership)
    for name, text in files.items():
        path = root / "groups" / name.replace("__", "/").replace("DOT", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return available_processors(root / "proc", root / "groups")


def test_without_control_groups_the_affinity_mask_decides(tmp_path: Path) -> None:
    assert available_processors(tmp_path, tmp_path) == 8


@pytest.mark.parametrize(
    ("limit", "expected"),
    [("max 100000\n", 8), ("200000 100000\n", 2), ("250000 100000\n", 2), ("50000 100000\n", 1)],
)
def test_a_quota_of_version_2_is_rounded_down_to_at_least_one(
    tmp_path: Path, limit: str, expected: int
) -> None:
    assert count(tmp_path, "0::/\n", cpuDOTmax=limit) == expected


def test_the_names_of_groups_are_any_bytes(tmp_path: Path) -> None:
    """A line ends at LF alone, and one of another form is passed over."""
    (tmp_path / "proc" / "self").mkdir(parents=True)
    name = b"pod\xff\x85\x1cbox"
    (tmp_path / "proc" / "self" / "cgroup").write_bytes(b"what:is\n0::/" + name + b"\n")
    group = tmp_path / "groups" / os.fsdecode(name)
    group.mkdir(parents=True)
    (group / "cpu.max").write_text("200000 100000\n")
    assert available_processors(tmp_path / "proc", tmp_path / "groups") == 2


def test_the_tightest_group_on_the_way_up_decides(tmp_path: Path) -> None:
    files = {
        "podDOTslice__boxDOTscope__cpuDOTmax": "max 100000\n",
        "podDOTslice__cpuDOTmax": "300000 100000\n",
        "cpuDOTmax": "600000 100000\n",
    }
    assert count(tmp_path, "0::/pod.slice/box.scope\n", **files) == 3


def test_a_group_outside_the_mounted_tree_falls_back_to_its_root(tmp_path: Path) -> None:
    assert count(tmp_path, "0::/../../elsewhere\n", cpuDOTmax="400000 100000\n") == 4


@pytest.mark.parametrize(("quota", "expected"), [("-1\n", 8), ("150000\n", 1), ("500000\n", 5)])
def test_a_quota_of_version_1_counts_too(tmp_path: Path, quota: str, expected: int) -> None:
    files = {"cpu,cpuacct__cpuDOTcfs_quota_us": quota, "cpu,cpuacct__cpuDOTcfs_period_us": "100000\n"}
    assert count(tmp_path, "5:memory:/\n4:cpu,cpuacct:/docker/abc\n0::/\n", **files) == expected
