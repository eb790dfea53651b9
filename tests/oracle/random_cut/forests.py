"""Runs of random cut forests, ours and the published ones, each in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).parent
PACKAGES = ("krcf==0.4.0", "rrcf==0.4.4", "numpy==2.4.6")
SECONDS_TO_END = 600.0
ANSWERS = ("scores", "learned", "columns")
ONE_PROCESSOR = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Task:
    """What a forest is to do.

    Attributes
    ----------
    train, rows
        (n, d) float64, to train on, and then to score and to learn.
    decay
        The rate at which old rows are forgotten.
    rounds
        How often all of it is done; the least time counts.
    """

    train: FloatArray
    rows: FloatArray
    trees: int = 50
    sample: int = 512
    seed: int = 1
    decay: float = 0.0
    rounds: int = 1


@dataclass(frozen=True)
class Run:
    """What a forest gave.

    Attributes
    ----------
    seconds
        Of processor time, by what was done: all of the training, or one row.
    scores, learned, columns
        By row: after training; while learning; the column that contributes most.
    """

    seconds: dict[str, float]
    scores: FloatArray
    learned: FloatArray
    columns: FloatArray


def ours(task: Task) -> Run:
    """Run our forest."""
    return _run([sys.executable, "-m", "tests.oracle.random_cut.our_forest"], task)


def krcf(task: Task) -> Run:
    """Run the forest of the package krcf."""
    return _run([str(_interpreter()), str(HERE / "krcf_forest.py")], task)


def rrcf(task: Task) -> Run:
    """Run the forest of the package rrcf; it leaves no scores."""
    return _run([str(_interpreter()), str(HERE / "rrcf_forest.py")], task)


def has_java() -> bool:
    """Return whether AWS's forest can run: it needs a Java that compiles, and Maven."""
    return all(shutil.which(program) for program in ("java", "javac", "mvn"))


def aws(task: Task) -> Run:
    """Run AWS's own forest."""
    machine = ["-XX:+UseSerialGC", "-Xmx1g", "-cp", f"{_jars()}/*"]
    return _run(["java", *machine, str(HERE / "Forest.java")], task)


def _run(program: list[str], task: Task) -> Run:
    with tempfile.TemporaryDirectory() as folder:
        task.train.astype("<f8").tofile(Path(folder, "train.f8"))
        task.rows.astype("<f8").tofile(Path(folder, "rows.f8"))
        numbers = (task.rows.shape[1], task.trees, task.sample, task.seed, task.decay, task.rounds)
        done = subprocess.run(  # noqa: S603  # our own words
            [*program, folder, *map(str, numbers)],
            check=True,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, **ONE_PROCESSOR},
            timeout=SECONDS_TO_END,
        )
        paths = [Path(folder, f"{name}.f8") for name in ANSWERS]
        answers = [np.fromfile(path, dtype=np.float64) if path.exists() else np.empty(0) for path in paths]
        return Run(json.loads(done.stdout), *answers)


def _interpreter() -> Path:
    """Return the interpreter of an environment with the packages, made if it is not there yet."""
    folder = ROOT / ".peer" / "streams"
    python, done = folder / "bin" / "python", folder / "installed"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)  # noqa: S603  # fixed words
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *PACKAGES], check=True)  # noqa: S603  # as above
        done.touch()
    return python


def _jars() -> Path:
    """Return the folder of AWS's jars, fetched by Maven if they are not there yet."""
    folder = ROOT / "build" / "random-cut-forest"
    if not (folder / "fetched").exists():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(HERE / "pom.xml", folder)
        words = ["mvn", "-B", "-q", "-U", "--strict-checksums", "generate-sources"]
        subprocess.run(words, check=True, cwd=folder)  # noqa: S603  # fixed words
        (folder / "fetched").touch()
    return folder / "jars"
