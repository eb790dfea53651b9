from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from anomaly_container.cli.main import main
from anomaly_container.services.streams import sample

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


LOG_BEGIN = sample.EPISODES[0].end - 2400
"""The log ends a little behind the first episode, which is in the part of it that is scored."""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run a verb in an empty folder, and return the exit code."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: main(["streams", *words])


@pytest.fixture(scope="session")
def sample_lines() -> list[bytes]:
    """The events of the sample, without the ends of their lines."""
    return list(sample.lines())


@pytest.fixture
def log(tmp_path: Path, sample_lines: list[bytes]) -> Path:
    """A file of the last events of the sample, of which a model can be trained in a moment."""
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"\n".join([*sample_lines[LOG_BEGIN : LOG_BEGIN + 2450], b""]))
    return path
