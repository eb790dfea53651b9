"""Log files that roll, that belong to one process each, and that survive what happens to disks."""

from __future__ import annotations

import json
import logging
import os
import platform
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from anomaly_container.observability.log_files import RollingFiles, check_mount, log_folder
from anomaly_container.settings.errors import SettingsError
from anomaly_container.settings.load import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anomaly_container.settings.base import CommonSettings

ROOT = Path(__file__).resolve().parents[3]
NAME = re.compile(r"\d{8}T\d{6}-(?P<process>\d+)-(?P<number>\d+)\.jsonl")


def settings(output: Path, *words: str) -> CommonSettings:
    gate = ("Eula=accept", "Billing=http://127.0.0.1:5001/", "ApiKey=key")
    return load([*gate, f"Mounts:Output={output}", *words], {}, {})


def say(handler: RollingFiles, message: str) -> None:
    handler.handle(logging.LogRecord("x", logging.INFO, "x.py", 1, message, None, None))


def messages(file: Path) -> list[str]:
    return [json.loads(line)["message"] for line in file.read_bytes().splitlines()]


def numbered(folder: Path) -> list[Path]:
    """The files of one process in the order in which they were begun."""

    def number(file: Path) -> int:
        match = NAME.fullmatch(file.name)
        assert match
        return int(match["number"])

    return sorted(folder.iterdir(), key=number)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "anomalydetector" / "host"


@pytest.fixture
def handler(folder: Path) -> Iterator[RollingFiles]:
    made = RollingFiles(str(folder), 1000)
    yield made
    made.close()


def test_no_file_is_made_before_there_is_something_to_say(folder: Path, handler: RollingFiles) -> None:
    assert not folder.exists()
    say(handler, "a")
    say(handler, "b")
    [file] = folder.iterdir()
    assert messages(file) == ["a", "b"]
    match = NAME.fullmatch(file.name)
    assert match
    assert (int(match["process"]), match["number"]) == (os.getpid(), "1")


def test_a_full_file_is_followed_by_a_new_one_and_nothing_is_lost(
    folder: Path, handler: RollingFiles
) -> None:
    said = [f"message {number}" for number in range(50)]
    for message in said:
        say(handler, message)
    files = numbered(folder)
    assert len(files) > 3
    assert all(0 < file.stat().st_size <= 1000 for file in files)
    assert all(file.stat().st_size > 800 for file in files[:-1])
    assert [message for file in files for message in messages(file)] == said


def test_a_record_larger_than_a_file_has_one_for_itself(folder: Path, handler: RollingFiles) -> None:
    for message in ("a", "b" * 2000, "c"):
        say(handler, message)
    assert [messages(file) for file in numbered(folder)] == [["a"], ["b" * 2000], ["c"]]


def test_without_a_limit_there_is_one_file(folder: Path) -> None:
    handler = RollingFiles(str(folder), -1)
    for _ in range(50):
        say(handler, "x" * 1000)
    handler.close()
    [file] = folder.iterdir()
    assert file.stat().st_size > 50_000


def test_a_file_that_is_taken_away_is_replaced(folder: Path, handler: RollingFiles) -> None:
    say(handler, "a")
    [file] = folder.iterdir()
    file.unlink()
    folder.rmdir()
    say(handler, "b")
    [file] = folder.iterdir()
    assert messages(file) == ["b"]


def test_a_file_of_an_earlier_life_is_not_touched(folder: Path) -> None:
    for message in ("a", "b"):
        handler = RollingFiles(str(folder), 1000)
        say(handler, message)
        handler.close()
    assert sorted(messages(file) for file in folder.iterdir()) == [["a"], ["b"]]


FORKING = """
import logging, os, sys
from anomaly_container.observability.log_files import RollingFiles

log = logging.getLogger()
log.addHandler(RollingFiles(sys.argv[1], 2000))
log.setLevel("INFO")
log.info("before the fork")
children = []
for _ in range(3):
    pid = os.fork()
    if pid == 0:
        for number in range(100):
            log.info("%d says %d", os.getpid(), number)
        os._exit(0)
    children.append(pid)
for pid in children:
    assert os.waitpid(pid, 0)[1] == 0
log.info("after the fork")
"""


def test_processes_that_were_forked_write_files_of_their_own(folder: Path) -> None:
    done = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", FORKING, str(folder)], cwd=ROOT, capture_output=True, timeout=60, check=True
    )
    assert (done.stdout, done.stderr) == (b"", b"")
    said: dict[str, list[str]] = {}
    for file in numbered(folder):
        match = NAME.fullmatch(file.name)
        assert match
        assert {json.loads(line)["process"] for line in file.read_bytes().splitlines()} == {
            int(match["process"])
        }
        said.setdefault(match["process"], []).extend(messages(file))
    assert sorted(map(len, said.values())) == [2, 100, 100, 100]
    for process, lines in said.items():
        if len(lines) == 100:
            assert lines == [f"{process} says {number}" for number in range(100)]
        else:
            assert lines == ["before the fork", "after the fork"]


FILLING = """
import logging, resource, sys
from anomaly_container.observability.log_files import RollingFiles

log = logging.getLogger()
log.addHandler(RollingFiles(sys.argv[1], -1))
log.setLevel("INFO")
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
log.info("a")
log.info("b" * 1000)
log.info("c" * 1000)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
log.info("d")
log.info("e")
"""


def test_what_a_full_disk_took_is_counted_and_told_once(folder: Path) -> None:
    done = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", FILLING, str(folder)], cwd=ROOT, capture_output=True, timeout=60, check=True
    )
    [file] = folder.iterdir()
    assert messages(file) == ["a", "d", "e"]
    assert [json.loads(line).get("lost") for line in file.read_bytes().splitlines()] == [None, 2, None]
    assert done.stderr.decode() == f"Log files in {folder} cannot be written: No space left on device.\n"


def test_a_folder_that_cannot_be_made_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    handler = RollingFiles(str(tmp_path / "file" / "host"), 1000)
    say(handler, "a")
    say(handler, "b")
    handler.close()
    assert capsys.readouterr().err == (
        f"Log files in {tmp_path}/file/host cannot be written: Not a directory.\n"
    )


def test_the_folder_is_that_of_the_service_and_the_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "node", lambda: "box")
    assert log_folder(settings(tmp_path)) == tmp_path / "anomalydetector" / "box"


def test_a_mount_is_needed_only_for_log_files(tmp_path: Path) -> None:
    check_mount(settings(tmp_path / "absent"))
    check_mount(settings(tmp_path, "Logging:Disk:Format=json"))
    assert not list(tmp_path.iterdir())


def test_a_mount_that_is_not_there_is_refused(tmp_path: Path) -> None:
    absent = tmp_path / "absent"
    with pytest.raises(SettingsError) as refusal:
        check_mount(settings(absent, "Logging:Disk:Format=json"))
    [problem] = refusal.value.problems
    assert problem == (
        "Logging:Disk:Format=json needs an output mount that can be written: "
        f"{absent}: No such file or directory."
    )


def test_a_mount_that_cannot_be_written_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may write everywhere, so the refusal of the system is made up."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(SettingsError, match=r"can be written: .*: Permission denied\.$"):
        check_mount(settings(tmp_path, "Logging:Disk:Format=json"))
