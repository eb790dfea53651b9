"""The file of keys: what it may hold, when it is read, how keys are compared."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from typing import TYPE_CHECKING

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from anomaly_container.settings.errors import SettingsError
from anomaly_container.settings.load import load
from anomaly_container.web import access_keys as auth
from anomaly_container.web.access_keys import (
    MAX_FILE_BYTES,
    MAX_KEYS,
    AccessKeys,
    AccessKeysError,
    access_key_of,
    check_access_keys,
    parse_access_keys,
    read_access_keys,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GATE = ("Eula=accept", "Billing=http://127.0.0.1:5001/", "ApiKey=key")


class Clock:
    """Goes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "keys"
    path.write_text("# for the shop\nfirst-key\n\n  second-key  \r\n#third-key\nfirst-key\n")
    return path


def find(keys: AccessKeys, key: str) -> bytes | None:
    return asyncio.run(keys.find(key))


def test_comments_blank_lines_and_repetitions_are_no_keys(file: Path) -> None:
    assert read_access_keys(file) == ["first-key", "second-key"]
    keys = AccessKeys(file)
    assert len(keys) == 2
    first, second = find(keys, "first-key"), find(keys, "second-key")
    assert first is not None
    assert second is not None
    assert first != second
    for wrong in ("", "first-ke", "first-key ", "First-key", "#third-key", "third-key", "\udcff", "é"):
        assert find(keys, wrong) is None


def test_lines_end_at_lf_crlf_and_cr() -> None:
    assert parse_access_keys(b"a\nb\r\nc\rd\r\r\n\ne \t") == ["a", "b", "c", "d", "e"]
    assert parse_access_keys(b"\xef\xbb\xbf# saved by an editor that marks UTF-8\r\na\r\n") == ["a"]


@pytest.mark.parametrize("separator", list("\v\f\x1c\x1d\x1e\x85\u2028\u2029"))
def test_nothing_else_ends_a_line(separator: str) -> None:
    """A comment that holds it is one comment, and a line that holds it is no key."""
    assert parse_access_keys(f"# for the shop{separator}open-sesame\nfirst-key\n".encode()) == ["first-key"]
    for line in (f"open{separator}sesame", f"open-sesame{separator}", f"{separator}open-sesame"):
        with pytest.raises(ValueError, match="no header can carry"):
            parse_access_keys(f"first-key\n{line}\n".encode())


@pytest.mark.parametrize(
    "octets",
    [
        "# for \u00c5sa\nfirst-key\n".encode("latin-1"),  # a comment alone makes it foreign
        "# for \u2026 open-sesame\nfirst-key\n".encode("cp1252"),  # 0x85 there
        "first-key\n".encode("utf-16"),
        b"first-key\n\xff",
    ],
)
def test_a_file_that_is_not_utf_8_is_refused_whole(
    file: Path, octets: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    keys = AccessKeys(file, clock)
    file.write_bytes(octets)
    with pytest.raises(SettingsError) as caught:
        check_access_keys(load([*GATE, f"Access:ApiKeys={file}"], {}, {}))
    assert caught.value.problems == (f"The file of Access:ApiKeys, '{file}', is not UTF-8.",)
    clock.now += 1.1
    assert find(keys, "second-key") is not None
    assert find(keys, "open-sesame") is None
    [record] = caplog.records
    assert record.getMessage() == (
        f"The file of Access:ApiKeys, '{file}', is not UTF-8. The keys that were read before stay valid."
    )


def test_a_comment_in_any_script_makes_no_key(file: Path) -> None:
    file.write_text("# for \u00c5sa \u2026 \u5e97\nfirst-key\n", encoding="utf-8")
    assert read_access_keys(file) == ["first-key"]


def test_the_time_of_a_look_up_depends_on_what_nobody_outside_knows(file: Path) -> None:
    """A guess is compared by a digest, and those of the same key differ from process to process."""
    digests = {find(AccessKeys(file), "first-key") for _ in range(3)}
    assert None not in digests
    assert len(digests) == 3
    assert {len(digest) for digest in digests if digest} == {32}


def test_100_000_keys_are_looked_up_as_fast_as_two(file: Path) -> None:
    file.write_text("\n".join(f"key-{number:06d}" for number in range(MAX_KEYS)))
    keys = AccessKeys(file)
    assert len(keys) == MAX_KEYS
    began = time.thread_time()

    async def look_up() -> None:
        for number in range(100):
            assert await keys.find(f"key-{number:06d}")
            assert not await keys.find(f"no-{number:06d}")

    asyncio.run(look_up())
    # Comparing them one by one takes 200 times 9 ms.
    assert time.thread_time() - began < 0.2


def test_a_change_is_read_on_a_thread_while_the_keys_before_are_valid(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, threads = Clock(), []
    may_end = threading.Event()
    keys = AccessKeys(file, clock)

    def slow(path: Path) -> list[str]:
        threads.append(threading.current_thread())
        assert may_end.wait(timeout=30)
        return read_access_keys(path)

    monkeypatch.setattr(auth, "read_access_keys", slow)
    file.write_text("new-key\n")
    clock.now += 1.1

    async def look_up() -> None:
        first = asyncio.create_task(keys.find("new-key"))
        await asyncio.sleep(0.01)
        for _ in range(3):
            clock.now += 1.1
            assert await keys.find("first-key") is not None
        assert not first.done()
        may_end.set()
        assert await first is not None

    asyncio.run(look_up())
    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()


@pytest.mark.parametrize("path", ["pipe", "/dev/zero", "/dev/null"])
def test_a_pipe_or_a_device_is_refused_in_words_at_start_and_later(
    file: Path, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    clock = Clock()
    keys = AccessKeys(file, clock)
    file.unlink()
    if path == "pipe":
        os.mkfifo(file)
    else:
        file.symlink_to(path)
    clock.now += 1.1
    assert find(keys, "first-key") is not None
    [record] = caplog.records
    assert "Not a regular file. The keys that were read before stay valid." in record.getMessage()
    with pytest.raises(SettingsError, match="Not a regular file"):
        check_access_keys(load([*GATE, f"Access:ApiKeys={file}"], {}, {}))


def test_so_many_keys_and_no_more(file: Path) -> None:
    file.write_text("\n".join(f"{number:x}" for number in range(MAX_KEYS + 1)))
    with pytest.raises(AccessKeysError, match="more than 100000 keys"):
        read_access_keys(file)


def test_no_key_is_kept_as_it_is(file: Path) -> None:
    assert "first-key" not in repr(vars(AccessKeys(file)))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.unlink(), "No such file"),
        (lambda path: path.write_text(""), "holds no key"),
        (lambda path: path.write_text("\n# nothing\n"), "holds no key"),
        (lambda path: path.write_text("two words\n"), "no header can carry"),
        (lambda path: path.write_text("schlüssel\n"), "no header can carry"),
        (lambda path: path.write_bytes(b"k\n" * MAX_FILE_BYTES), "larger than"),
        (lambda path: (path.unlink(), path.mkdir()), "directory"),
    ],
)
def test_a_file_of_no_use_stops_the_start(file: Path, make: Callable[[Path], object], words: str) -> None:
    make(file)
    with pytest.raises(SettingsError) as caught:
        check_access_keys(load([*GATE, f"Access:ApiKeys={file}"], {}, {}))
    [problem] = caught.value.problems
    assert words in problem
    assert str(file) in problem
    assert "schl" not in problem
    with pytest.raises(AccessKeysError):
        read_access_keys(file)


def test_a_worker_that_begins_with_a_broken_file_lets_nobody_in_until_it_is_whole(file: Path) -> None:
    clock = Clock()
    file.write_text("# none\n")
    keys = AccessKeys(file, clock)
    assert find(keys, "first-key") is None
    assert find(keys, "") is None
    file.write_text("first-key\n")
    clock.now += 1.1
    assert find(keys, "first-key") is not None


def test_a_change_counts_within_a_second_and_is_logged_without_the_key(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    clock = Clock()
    keys = AccessKeys(file, clock)
    file.write_text("new-key\n")
    clock.now += 0.9
    assert find(keys, "new-key") is None
    assert find(keys, "first-key") is not None
    clock.now += 0.2
    assert find(keys, "new-key") is not None
    assert find(keys, "first-key") is None
    assert [record.levelname for record in caplog.records] == ["INFO"]
    assert "new-key" not in caplog.text


def test_another_file_put_in_its_place_is_a_change(file: Path) -> None:
    clock = Clock()
    keys = AccessKeys(file, clock)
    other = file.with_name("other")
    other.write_text("new-key\n")
    other.rename(file)
    clock.now += 1.1
    assert find(keys, "new-key") is not None


@pytest.mark.parametrize("content", [None, "", "bad key\n"])
def test_a_broken_change_keeps_the_old_keys_and_logs_one_line(
    file: Path, caplog: pytest.LogCaptureFixture, content: str | None
) -> None:
    clock = Clock()
    keys = AccessKeys(file, clock)
    file.unlink()
    if content is not None:
        file.write_text(content)
    for _ in range(5):
        clock.now += 1.1
        assert find(keys, "first-key") is not None
    [record] = caplog.records
    assert record.levelname == "WARNING"
    assert "stay valid" in record.getMessage()
    file.write_text("new-key\n")
    clock.now += 1.1
    assert find(keys, "new-key") is not None


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ({"Ocp-Apim-Subscription-Key": "k"}, "k"),
        ({"OCP-APIM-SUBSCRIPTION-KEY": "k"}, "k"),
        ({"Authorization": "Bearer k"}, "k"),
        ({"authorization": "bearer  k"}, "k"),
        ({"Authorization": "Basic k"}, ""),
        ({"Authorization": "k"}, ""),
        ({"Ocp-Apim-Subscription-Key": "k", "Authorization": "Bearer other"}, "k"),
        ({"Ocp-Apim-Subscription-Key": "", "Authorization": "Bearer other"}, ""),
        ({}, ""),
    ],
)
def test_where_a_request_has_its_key(headers: dict[str, str], key: str) -> None:
    assert access_key_of(CIMultiDictProxy(CIMultiDict(headers))) == key
