"""The published package and what its univariate half imports, in an environment that is not ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / ".peer"
PACKAGE = "time-series-anomaly-detector==0.4.0"
# Its own pins, without torch, the tests' pytest and the larger half of mlflow.
IMPORTED = (
    "numpy<2",
    "pandas<=2.2.3",
    "scipy<1.13",
    "scikit-learn",
    "statsmodels",
    "arch",
    "rstl",
    "seasonal",
    "psutil",
    "pytz",
    "tqdm",
    "mlflow-skinny>=3.1,<4",
)


def make() -> Path:
    """Return the interpreter of the environment, installed if it is not there yet.

    Raises
    ------
    subprocess.CalledProcessError
        When a package cannot be installed; pip has said why.
    """
    python, done = FOLDER / "bin" / "python", FOLDER / "installed"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(FOLDER)], check=True)  # noqa: S603  # fixed words
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *IMPORTED], check=True)  # noqa: S603  # as above
        subprocess.run([*pip, "--no-deps", PACKAGE], check=True)  # noqa: S603  # as above
        done.touch()
    return python
