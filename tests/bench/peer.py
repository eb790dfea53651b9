"""Answers requests with the published package, in an environment of its own; `compare.py` starts it.

Reads a request as JSON from each line of standard input, and writes one line: processor seconds of the
documented call, and what was found. The package's multivariate half imports torch, which the calls below
do not use: an empty stand-in takes its place, so that a gigabyte need not be installed.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import MutableSequence, Sequence


class StandIn(ModuleType):
    """A module that has every name, each an empty class."""

    __path__: MutableSequence[str] = []  # noqa: RUF012  # a package without files

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


class TorchFinder(MetaPathFinder, Loader):
    """Finds torch and all in it."""

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        is_ours = fullname.partition(".")[0] == "torch"
        return ModuleSpec(fullname, self, is_package=True) if is_ours else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is in it."""


def main() -> None:
    """Answer until the input ends."""
    warnings.simplefilter("ignore")
    sys.meta_path.append(TorchFinder())
    package = import_module("anomaly_detector")  # after its torch
    pandas = import_module("pandas")

    detectors = {
        "entire": package.EntireAnomalyDetector(),
        "last": package.LatestAnomalyDetector(),
    }
    for line in sys.stdin:
        request = json.loads(line)
        series = pandas.DataFrame(request["series"])
        series["timestamp"] = pandas.to_datetime(series["timestamp"]).dt.tz_localize(None)
        parameters = {name: request[name] for name in ("granularity", "maxAnomalyRatio", "sensitivity")}
        start = time.process_time()
        rows = detectors[request["operation"]].predict(None, series, parameters)
        seconds = time.process_time() - start
        found = [row["result"] for row in rows]
        answer = {
            "seconds": seconds,
            "period": int(found[0]["period"]),
            "flags": [bool(one["is_anomaly"]) for one in found],
            "expected": [float(one["expected_value"]) for one in found],
        }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
