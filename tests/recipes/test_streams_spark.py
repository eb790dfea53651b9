"""The recipe for streams on Spark, run by Spark: two local cores and one gigabyte for Java."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from anomaly_container.services.streams import sample
from anomaly_container.services.streams.training import train
from tests.recipes.spark import PYTHON, run_by_spark
from tests.support.samples import ROOT, read
from tests.support.stream_events import records, streams_settings

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "docs/recipes/streams-spark.md"


@pytest.mark.skipif(PYTHON is None, reason="make recipes-test runs it, with PySpark")
@pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java")
def test_the_recipe_prints_what_the_page_shows(tmp_path: Path) -> None:
    train(records(list(sample.lines())[:16_000]), streams_settings()).model.save(tmp_path / "model")
    program, printed = (block.text for block in read(PAGE) if block.language in {"python", "text"})
    done = run_by_spark(program, tmp_path, {"PYTHONPATH": os.fspath(ROOT)})
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip() == printed.strip()
