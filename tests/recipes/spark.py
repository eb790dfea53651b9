"""A program run by PySpark, in the environment that `make recipes-test` makes."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PYTHON = os.environ.get("RECIPES_PYTHON")
ARGUMENTS = "--master local[2] --driver-memory 1g --conf spark.ui.enabled=false pyspark-shell"


def run_by_spark(
    program: str, folder: Path, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program in a folder to its end, and return what it printed."""
    assert PYTHON is not None
    script = folder / "recipe.py"
    script.write_text(program)
    return subprocess.run(  # noqa: S603  # our own page
        [PYTHON, str(script)],
        env={
            "PATH": os.environ["PATH"],
            "PYSPARK_PYTHON": PYTHON,
            "PYSPARK_SUBMIT_ARGS": ARGUMENTS,
            "SPARK_LOCAL_IP": "127.0.0.1",
            **(environ or {}),
        },
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
