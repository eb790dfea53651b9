"""Metering of a verb.

The smallest example: totals of 2 files are raised while the block runs; at its end a record of 2 is in the
log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from anomaly_container.cli.batches.metered import METERS, MeteredError, metered
from anomaly_container.process.launch import verb_settings

if TYPE_CHECKING:
    from pathlib import Path

    from anomaly_container.services.batches.settings import BatchesSettings


def settings_of(output: Path, billing: str) -> BatchesSettings:
    words = ["Eula=accept", f"Billing={billing}", "ApiKey=key", f"Mounts:Output={output}"]
    settings: BatchesSettings = verb_settings(words, {}, "batches", needs_licence=True)
    return settings


def test_usage_is_reported_at_the_end(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, tmp_path.joinpath("usage").as_uri())
    with metered(settings, "metering-of-a-verb") as usage:
        usage.raise_to("batches", {METERS[0]: 2, METERS[1]: 5})
        assert usage.policy.serves()
    assert (tmp_path / "metering-of-a-verb").is_dir()
    [path] = [
        one for one in tmp_path.rglob("*") if one.is_file() and "usage" in str(one.relative_to(tmp_path))
    ]
    text = path.read_text()
    assert '"quantity": 5' in text.replace('":5', '": 5')


def test_what_cannot_be_reported_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing listens on the port of the endpoint."""
    with metered(settings_of(tmp_path, "http://127.0.0.1:9/"), "metering-of-a-verb") as usage:
        usage.raise_to("batches", {METERS[0]: 2})
    assert " usage records wait in " in capsys.readouterr().err


def test_a_directory_that_another_uses_is_refused(tmp_path: Path) -> None:
    (tmp_path / "name").write_text("a file")
    with (
        pytest.raises(MeteredError, match="cannot be used"),
        metered(settings_of(tmp_path, "http://127.0.0.1:9/"), "name"),
    ):
        raise AssertionError
