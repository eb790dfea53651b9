"""Work on the store of the settings.

The smallest example: a bucket that does not exist is one sentence on standard error, and exit code 1.
"""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

import pytest

from anomaly_container.cli.batches.on_store import VerbError, run_on_store
from anomaly_container.outbound.errors import Changed, NotFound, Refused, Unavailable
from anomaly_container.services.batches.state import UnknownStateError
from tests.unit.cli.batches.conftest import settings_of

if TYPE_CHECKING:
    from pathlib import Path

    from anomaly_container.outbound.object_store import ObjectStore


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (NotFound("gone"), "The bucket does not exist."),
        (Refused("no"), "The store refuses access."),
        (Unavailable("No answer in time."), "The store cannot be used: No answer in time."),
        (Changed(), "The store cannot be used: Another writer was first."),
        (UnknownStateError(), "Another version of this program wrote the state, or it is damaged."),
        (VerbError("This cannot be done."), "This cannot be done."),
    ],
)
def test_what_fails_is_one_sentence(
    tmp_path: Path, error: Exception, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async def work(_store: ObjectStore) -> int:
        raise error

    assert run_on_store(settings_of(f"Url=file://{tmp_path}"), work) == 1
    assert capsys.readouterr().err == f"{sentence}\n"


def test_work_has_the_store_and_returns_the_exit_code(tmp_path: Path) -> None:
    async def work(store: ObjectStore) -> int:
        await store.create("raw/a.csv", b"a")
        return 2

    assert run_on_store(settings_of(f"Url=file://{tmp_path}"), work) == 2
    assert (tmp_path / "raw" / "a.csv").read_bytes() == b"a"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_cancels_the_work(
    tmp_path: Path, number: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = []

    async def work(_store: ObjectStore) -> int:
        try:
            os.kill(os.getpid(), number)
            await asyncio.sleep(30)
        finally:
            ended.append(True)
        return 0

    assert run_on_store(settings_of(f"Url=file://{tmp_path}"), work) == 1
    assert ended == [True]
    assert capsys.readouterr().err == "Interrupted.\n"
