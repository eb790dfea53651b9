"""What the detection library brings along: every worker process pays for it in time and memory."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

from anomaly_container.detection.univariate import kernels_compiled

# Half a second and fifty megabytes a worker each, or a server in a library.
TOO_MUCH = {
    "aiohttp",
    "asyncio",
    "gunicorn",
    "msgspec",
    "orjson",
    "pandas",
    "pydantic",
    "scipy.cluster",
    "scipy.integrate",
    "scipy.io",
    "scipy.signal",
    "scipy.stats",
    "statsmodels",
    "uvloop",
    "yaml",
}
# What smooths and filters where no kernels were built, and what that brings.
OF_TWINS = {"scipy.interpolate", "scipy.ndimage", "scipy.optimize", "scipy.spatial"}
WITHOUT_KERNELS = """
from anomaly_container.detection.numeric import kernels
kernels.best_build = lambda package: None
import anomaly_container.detection.univariate
"""
# A season, no season, dense and sparse, with gaps: what is imported late counts too.
USE = """
import numpy as np
from anomaly_container.detection.univariate import *
index = np.arange(60)
series = Series(np.sin(index) + index % 7, index + (index > 30) + (index > 40) * 9)
for granularity in Granularity:
    for period in (None, 0, 7, 28):
        options = Options(granularity, period=period)
        entire(series, options), last(series, options)
        change_points(series, ChangePointOptions(granularity, period=period))
"""


@cache
def loaded(program: str) -> set[str]:
    """Return the modules that a fresh interpreter has loaded in the end."""
    run = subprocess.run(  # noqa: S603 - this interpreter and a program of ours
        [sys.executable, "-c", f"import sys\n{program}\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(run.stdout.split())


def test_the_library_does_not_bring_what_nothing_here_needs() -> None:
    modules = loaded(USE)
    assert {"numpy", "scipy.fft", "scipy.special"} <= modules
    assert not TOO_MUCH & modules


def test_what_only_the_twins_use_is_loaded_at_the_start_or_not_at_all() -> None:
    # A server starts a fifth sooner without them; loaded by the first request, each worker had its own copy.
    at_start = loaded("import anomaly_container.detection.univariate")
    with_twins = loaded(WITHOUT_KERNELS)
    if kernels_compiled():
        assert not OF_TWINS & loaded(USE)
        assert not OF_TWINS & at_start
    assert with_twins >= OF_TWINS


def test_the_library_needs_nothing_else_of_ours() -> None:
    ours = {name for name in loaded(USE) if name.partition(".")[0] == "anomaly_container"}
    assert "anomaly_container.detection.univariate.last" in ours
    assert all(
        name.startswith(("anomaly_container.detection.univariate", "anomaly_container.detection.numeric"))
        for name in ours - {"anomaly_container", "anomaly_container.detection"}
    )


def test_the_rule_sees_what_is_loaded() -> None:
    assert TOO_MUCH & loaded("import asyncio, yaml") == {"asyncio", "yaml"}
