from __future__ import annotations

import errno
import fcntl
import logging
import mmap
import os
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from anomaly_container.metering import directory as directory_module
from anomaly_container.metering.directory import DirectoryError, instance, prepare
from anomaly_container.metering.ledger import Ledger
from anomaly_container.metering.policy import ApiStatus, Gate, PolicyByte, Standing
from tests.unit.metering.metering import metering_settings, prepared, restarted

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = """
import os, pathlib, sys
from tests.unit.metering.metering import prepared
prepared(pathlib.Path(sys.argv[1]))
if os.fork():
    print("forked", flush=True)
sys.stdin.read()
"""


@contextmanager
def container(directory: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another container of one process and one worker, which ends when nothing more can be read."""
    with subprocess.Popen(  # noqa: S603  # this interpreter
        [sys.executable, "-c", PROGRAM, str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"forked\n"
        try:
            yield process
        finally:
            process.kill()


def refusal(directory: Path) -> str:
    with pytest.raises(DirectoryError) as refused:
        prepared(directory)
    return str(refused.value)


def test_it_is_below_the_output_mount(tmp_path: Path) -> None:
    directory = prepare(metering_settings(Mounts__Output=tmp_path))
    assert directory == tmp_path / "metering"
    assert directory.stat().st_mode & 0o777 == 0o700


def test_that_of_another_service_has_its_word(tmp_path: Path) -> None:
    """Two containers of different services may share an output folder."""
    directory = prepare(metering_settings(Service="batches", Mounts__Output=tmp_path))
    assert directory == tmp_path / "metering-batches"
    assert prepare(metering_settings(Mounts__Output=tmp_path)) == tmp_path / "metering"


def test_without_a_mount_it_is_temporary_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    directory = prepare(metering_settings(Mounts__Output=tmp_path / "missing"))
    assert directory.parent == tmp_path
    assert directory.stat().st_mode & 0o777 == 0o700
    [warning] = caplog.records
    assert warning.levelno == logging.WARNING
    assert "not reported yet will end with the container" in warning.getMessage()


@pytest.mark.parametrize(
    ("place", "is_told"),
    [(("made", "metering"), True), (("made", "/proc"), False), (("none", "metering"), False)],
)
def test_a_directory_in_the_layer_of_the_container_is_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    place: tuple[str, str],
    is_told: bool,
) -> None:
    (tmp_path / "made").touch()
    mark, root = place
    monkeypatch.setattr(directory_module, "MARKS_OF_CONTAINER", (tmp_path / "absent", tmp_path / mark))
    monkeypatch.setattr(directory_module, "ROOT", tmp_path / root)
    prepared(tmp_path / "metering")
    told = " is not on a mount: usage that is not reported yet will end with the container."
    messages = [record.getMessage() for record in caplog.records]
    assert messages == ([f"{tmp_path / 'metering'}{told}"] if is_told else [])


def test_the_directory_that_was_handed_on_wins(tmp_path: Path) -> None:
    made = metering_settings(Mounts__Output=tmp_path, Metering__Directory=tmp_path / "own")
    assert prepare(made) == tmp_path / "own"
    assert not (tmp_path / "metering").exists()


def test_the_container_keeps_its_name(tmp_path: Path) -> None:
    prepared(tmp_path)
    name = instance(tmp_path)
    assert str(UUID(name)) == name
    restarted(tmp_path)
    assert instance(tmp_path) == name
    (tmp_path / "instance").write_bytes(b"")
    restarted(tmp_path)
    assert UUID(instance(tmp_path)) != UUID(name)


def test_preparing_again_changes_nothing(tmp_path: Path) -> None:
    made = prepared(tmp_path)
    with closing(PolicyByte(tmp_path)) as policy:
        policy.write(Standing(ApiStatus.VALID), 60.0)
        prepare(made)
        assert policy.read()[0] is ApiStatus.VALID


@pytest.mark.parametrize(("attempts", "gate"), [(9, Gate.SERVE), (10, Gate.COULD_NOT_CONNECT)])
def test_a_restart_begins_where_the_container_ended(tmp_path: Path, attempts: int, gate: Gate) -> None:
    prepared(tmp_path)
    with closing(Ledger(tmp_path)) as ledger, closing(PolicyByte(tmp_path)) as policy:
        ledger.keep(Standing(ApiStatus.COULD_NOT_CONNECT, attempts))
        policy.write(Standing(ApiStatus.VALID), 600.0)
    restarted(tmp_path)
    with closing(PolicyByte(tmp_path)) as policy:
        assert policy.read() == (ApiStatus.COULD_NOT_CONNECT, gate, 1)
        assert policy.seconds_left() == 0.0


def test_what_a_killed_worker_left_unfinished_is_removed(tmp_path: Path) -> None:
    (tmp_path / "x.counter.unfinished").write_bytes(b"")
    prepared(tmp_path)
    assert not list(tmp_path.glob("*.unfinished"))


def test_a_second_container_is_refused_until_the_first_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory_module, "CLAIM_SECONDS", 0.1)
    with container(tmp_path) as first:
        assert refusal(tmp_path).endswith("another container uses it.")
        first.kill()
        first.wait()
        # The worker may still count, so the claim is still held.
        assert refusal(tmp_path).endswith("another container uses it.")
        assert first.stdin
        first.stdin.close()
        monkeypatch.setattr(directory_module, "CLAIM_SECONDS", 5.0)
        prepared(tmp_path)


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "Not a directory" in refusal(tmp_path / "file" / "below")
    assert "File exists" in refusal(tmp_path / "file")


def test_a_ledger_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"this is no database, however long it may be" * 100)
    assert "its ledger answers SQLITE_NOTADB" in refusal(tmp_path)


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_disk_without_locks_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def unsupported(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", unsupported)
    assert os.strerror(code) in refusal(tmp_path)


def test_locks_that_do_not_exclude_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fcntl, "flock", lambda *_: None)
    assert "file locks do not work there" in refusal(tmp_path)


def test_a_disk_without_mapped_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(*_: object, **__: object) -> None:
        raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))

    monkeypatch.setattr(mmap, "mmap", unsupported)
    assert os.strerror(errno.ENODEV) in refusal(tmp_path)


def test_mapped_memory_that_is_not_shared_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = mmap.mmap

    def private(descriptor: int, length: int, **_: object) -> mmap.mmap:
        return real(descriptor, length, access=mmap.ACCESS_COPY)

    monkeypatch.setattr(mmap, "mmap", private)
    assert "memory mapped there is not shared" in refusal(tmp_path)


def test_a_refusal_leaves_no_probe_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fcntl, "flock", lambda *_: None)
    refusal(tmp_path)
    assert not list(tmp_path.iterdir())
