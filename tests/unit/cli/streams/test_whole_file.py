"""A file of which a reader sees all or nothing.

The smallest example: if writing fails, the file that was there is as before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from anomaly_container.cli.streams.whole_file import whole_file

if TYPE_CHECKING:
    from pathlib import Path


def test_the_smallest_example(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"before")

    def fail() -> None:
        with whole_file(path) as file:
            file.write(b"half")
            raise OSError(28, "full")

    with pytest.raises(OSError, match="full"):
        fail()
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_it_has_its_name_when_all_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with whole_file(path) as file:
        file.write(b"all")
        assert not path.exists()
    assert path.read_bytes() == b"all"
    assert list(tmp_path.iterdir()) == [path]
