"""pandas and scikit-learn, for the rules of the original pipeline, in an environment that is not ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[3] / ".peer" / "batches"
IMPORTED = ("numpy==2.4.6", "pandas==3.1.1", "scikit-learn==1.9.1")


def make() -> Path:
    """Return the interpreter of the environment, installed if it is not there yet.

    Raises
    ------
    subprocess.CalledProcessError
        If a package cannot be installed; pip has said why.
    """
    python, done = FOLDER / "bin" / "python", FOLDER / "installed"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(FOLDER)], check=True)  # noqa: S603  # fixed words
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *IMPORTED], check=True)  # noqa: S603  # as above
        done.touch()
    return python
