"""The locks are whole, and one version stands everywhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from anomaly_container import __version__

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-build.lock", "requirements-dev.lock")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RELEASE = re.compile(r"^## (\d+\.\d+\.\d+) - (unreleased|\d{4}-\d{2}-\d{2})$", re.MULTILINE)
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_one_version_and_hashes_for_every_package(lock: str) -> None:
    joined = (ROOT / lock).read_text().replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line.strip() and not line.strip().startswith("#")]
    assert lines
    for line in lines:
        assert re.match(r"[\w.-]+==[\w.!+-]+( ; .+?)?( +--hash=sha256:[0-9a-f]{64})+$", line), line[:80]


def test_the_lock_has_every_package_that_the_program_needs() -> None:
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / LOCKS[0]).read_text(), re.MULTILINE))
    assert {re.split(r"[<>=;\[ ]", need)[0] for need in PROJECT["project"]["dependencies"]} <= locked


@pytest.mark.parametrize("name", ["batches", "telemetry"])
def test_the_lock_has_what_an_extra_of_the_image_needs(name: str) -> None:
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / LOCKS[0]).read_text(), re.MULTILINE))
    extra = PROJECT["project"]["optional-dependencies"][name]
    assert {re.split(r"[<>=;\[ ]", need)[0] for need in extra} <= locked
    [command] = [
        line
        for line in (ROOT / "Makefile").read_text().splitlines()
        if line.endswith(f"--output-file {LOCKS[0]}")
    ]
    assert f" --extra {name} " in command


def test_the_locks_agree() -> None:
    """What is tested is what runs; where the lock of the tests has two versions, one of them runs."""
    runs, tests = (
        {*re.findall(r"^([\w.-]+==[^\s;]+)", (ROOT / lock).read_text(), re.MULTILINE)}
        for lock in (LOCKS[0], LOCKS[2])
    )
    assert runs <= tests


def test_one_version_stands_everywhere() -> None:
    newest = RELEASE.search(CHANGELOG)
    assert newest is not None
    assert newest[1] == PROJECT["project"]["version"] == __version__


def test_the_changelog_keeps_its_form() -> None:
    titles = re.findall(r"^## (.*)$", CHANGELOG, re.MULTILINE)
    releases = RELEASE.findall(CHANGELOG)
    assert [f"{version} - {day}" for version, day in releases] == titles
    versions = [tuple(map(int, version.split("."))) for version, _ in releases]
    assert versions == sorted(set(versions), reverse=True)
    assert all(day != "unreleased" for _, day in releases[1:])
    assert set(re.findall(r"^### (.*)$", CHANGELOG, re.MULTILINE)) <= KINDS


def unpinned(workflow: str) -> list[str]:
    """The actions of others that a workflow of GitHub names by anything but a whole commit."""
    used = re.findall(r"^[\s-]*uses:\s*['\"]?([^\s'\"#]+)", workflow, re.MULTILINE)
    return [
        name
        for name in used
        if not name.startswith("./") and not re.search(r"@([0-9a-f]{40}|sha256:[0-9a-f]{64})$", name)
    ]


def test_no_workflow_uses_an_action_that_may_change() -> None:
    for file in (ROOT / ".github").rglob("*.y*ml"):
        assert not unpinned(file.read_text()), file
    assert unpinned("steps:\n  - uses: actions/checkout@v4\n    uses: './ours'\n") == ["actions/checkout@v4"]
    assert not unpinned(f"      - uses: actions/checkout@{'0' * 40}  # v4\n")
