from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from anomaly_container.cli.main import main
from anomaly_container.process.launch import verb_settings
from anomaly_container.services.batches.state import decode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from anomaly_container.services.batches.settings import BatchesSettings
    from anomaly_container.services.batches.state import State


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a store."""
    made = tmp_path / "store"
    (made / "raw").mkdir(parents=True)
    return made


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run a verb on the store of the folder, without settings from outside, and return the exit code."""
    for name in ("BUCKET_NAME", "INTERVAL_SECONDS"):
        monkeypatch.delenv(name, raising=False)

    def run_verb(*words: str) -> int:
        return main(["batches", *words, f"Url=file://{folder}"])

    return run_verb


def settings_of(*words: str) -> BatchesSettings:
    """The settings of a verb that is not metered."""
    settings: BatchesSettings = verb_settings(words, {}, "batches", needs_licence=False)
    return settings


@pytest.fixture
def backfill(run: Callable[..., int], tmp_path: Path) -> Callable[..., int]:
    """Run `backfill` with usage in the log of a container that is not connected; return the exit code."""
    (tmp_path / "output").mkdir()
    licence = ("Eula=accept", f"Billing={(tmp_path / 'usage').as_uri()}", "ApiKey=key")

    def run_backfill(*words: str) -> int:
        return run("backfill", *words, *licence, f"Mounts:Output={tmp_path / 'output'}")

    return run_backfill


def state_of(folder: Path) -> State:
    """The state of a store."""
    return decode((folder / "state" / "batches.json").read_bytes())


def put(folder: Path, name: str, rows: int, odd: bool = False) -> None:
    """Write a table of two columns below `raw/`, of which one row may be an anomaly."""
    values = [f"{row % 5},{row % 7}" for row in range(rows)]
    if odd:
        values[-1] = "99,0"
    path = folder / "raw" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["t,u", *values, ""]))
