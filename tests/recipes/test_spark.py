"""The recipe for Spark, run by Spark: two local cores, one gigabyte for Java, real requests."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.recipes.spark import PYTHON, run_by_spark
from tests.support.samples import LOCAL, read
from tests.system.server import running

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "docs/recipes/spark.md"


@pytest.mark.skipif(PYTHON is None, reason="make recipes-test runs it, with PySpark")
@pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java")
def test_the_recipe_prints_what_the_page_shows(tmp_path: Path) -> None:
    sample, printed = (block.text for block in read(PAGE) if block.language in {"python", "text"})
    with running(workers=2) as server:
        done = run_by_spark(sample.replace(LOCAL, server.url), tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip() == printed.strip()
