"""Snapshots in a folder.

The smallest example: of two documents of one name the last one is loaded, and the one before it when that is
broken.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly_container.services.streams.snapshots import SnapshotFolder, opened, safe_name, sealed

if TYPE_CHECKING:
    from pathlib import Path


def test_the_last_document_is_loaded(tmp_path: Path) -> None:
    folder = SnapshotFolder(tmp_path)
    assert folder.load("orders-0") is None
    folder.save("orders-0", b"one")
    folder.save("orders-0", b"two")
    assert folder.load("orders-0") == b"two"
    assert folder.names() == ["orders-0"]


@pytest.mark.parametrize("content", [b"", b"ACSTREAM1\n", sealed(b"two")[:-1], sealed(b"two") + b"x"])
def test_a_broken_document_is_set_aside_and_the_one_before_is_used(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    folder = SnapshotFolder(tmp_path)
    folder.save("orders-0", b"one")
    folder.save("orders-0", b"two")
    (tmp_path / "orders-0.snapshot").write_bytes(content)
    assert folder.load("orders-0") == b"one"
    assert (tmp_path / "orders-0.broken").read_bytes() == content
    assert "set aside" in caplog.text
    assert folder.load("orders-0") == b"one"


def test_two_broken_documents_are_none(tmp_path: Path) -> None:
    folder = SnapshotFolder(tmp_path)
    for suffix in ("snapshot", "before"):
        (tmp_path / f"orders-0.{suffix}").write_bytes(b"broken")
    assert folder.load("orders-0") is None


@pytest.mark.parametrize("failing", ["write", "fsync", "open"])
def test_a_full_disk_leaves_the_document_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    folder = SnapshotFolder(tmp_path)
    folder.save("orders-0", b"one")
    folder.commit("orders-0", 7)

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, failing, full)
        with pytest.raises(OSError, match="No space"):
            folder.save("orders-0", b"two")
    assert folder.load("orders-0") == b"one"
    assert folder.committed("orders-0") == 7


def test_a_committed_offset_that_is_broken_is_unknown(tmp_path: Path) -> None:
    folder = SnapshotFolder(tmp_path)
    assert folder.committed("orders-0") is None
    folder.commit("orders-0", 7)
    assert folder.committed("orders-0") == 7
    (tmp_path / "orders-0.committed").write_bytes(b"8")
    assert folder.committed("orders-0") is None


@given(name=st.text(min_size=1, max_size=300))
def test_every_name_has_a_file_of_its_own(name: str) -> None:
    safe = safe_name(name)
    assert "/" not in safe
    assert len(safe) <= 150
    assert safe_name(safe) == safe
    assert safe == name or safe_name(f"{name}x") != safe


@given(document=st.binary(max_size=100), place=st.integers(0, 200), bit=st.integers(0, 7))
def test_a_changed_bit_is_noticed(document: bytes, place: int, bit: int) -> None:
    content = bytearray(sealed(document))
    assert opened(bytes(content)) == document
    content[place % len(content)] ^= 1 << bit
    assert opened(bytes(content)) is None
