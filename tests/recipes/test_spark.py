"""The recipe for Spark, run by Spark: two local cores, one gigabyte for Java, real requests."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.samples import LOCAL, read
from tests.system.server import running

if TYPE_CHECKING:
    from pathlib import Path

PYTHON = os.environ.get("RECIPES_PYTHON")
ARGUMENTS = "--master local[2] --driver-memory 1g --conf spark.ui.enabled=false pyspark-shell"
PAGE = "docs/recipes/spark.md"


@pytest.mark.skipif(PYTHON is None, reason="make recipes-test runs it, with PySpark")
@pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java")
def test_the_recipe_prints_what_the_page_shows(tmp_path: Path) -> None:
    sample, printed = (block.text for block in read(PAGE) if block.language in {"python", "text"})
    script = tmp_path / "recipe.py"
    assert PYTHON is not None
    with running(workers=2) as server:
        script.write_text(sample.replace(LOCAL, server.url))
        done = subprocess.run(  # noqa: S603  # our own page
            [PYTHON, str(script)],
            env={
                "PATH": os.environ["PATH"],
                "PYSPARK_PYTHON": PYTHON,
                "PYSPARK_SUBMIT_ARGS": ARGUMENTS,
                "SPARK_LOCAL_IP": "127.0.0.1",
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip() == printed.strip()
