"""Compares processor time and answers with the published package, side by side: `make compare`.

Both get the same seeded requests, in turn. Ours goes from the bytes of the request to the bytes of the
answer; the package goes from a DataFrame, made before the clock starts, to its rows. The service, and so
ours, differs from the package by design in STL: R takes a "median" of its own for the robustness weights
and averages the phases. So the answers are compared once more with ours in the setting "published". The
margins of the package are those of API v1.0, so ours answers in that version. Series of 8640 points take
the package many seconds each; `--longest` adds them.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # this file is run as a program

import numpy as np

from anomaly_container.detection.univariate import ChangePointOptions, StlRule
from anomaly_container.services.univariate import engine
from anomaly_container.services.univariate.contract.limits import Limits
from anomaly_container.services.univariate.contract.request import parse
from anomaly_container.services.univariate.contract.response import render
from anomaly_container.services.univariate.contract.versions import ApiVersion, Operation
from tests.bench import peer_environment
from tests.bench.kinds import KINDS, LONG, LONGEST, SHORT, Kind

ROUNDS = 3
TOLERANCE = 1e-6
SETTINGS = {"maxAnomalyRatio": 0.25, "sensitivity": 95}
LIMITS = Limits()
SINGLE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Found:
    """An answer of either side."""

    period: int
    flags: list[bool]
    expected: list[float]

    def differences(self, other: Found) -> str:
        """What is not the same, in a few words; "same" if all is."""
        scale = max(1.0, float(np.abs(other.expected).max()))
        distance = float(np.abs(np.subtract(self.expected, other.expected)).max()) / scale
        flags = int(np.not_equal(self.flags, other.flags).sum())
        parts = [f"period {self.period}, not {other.period}"] if self.period != other.period else []
        parts += [f"{flags} flags"] if flags else []
        parts += [f"expected values by {distance:.0e}"] if distance > TOLERANCE else []
        return "; ".join(parts) or "same"


def ask_peer(
    process: subprocess.Popen[str], operation: Operation, request: dict[str, Any]
) -> tuple[float, Found]:
    """Processor seconds and answer of the published package."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(request | {"operation": operation.value}) + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        message = f"the package gave no answer to {operation} of {len(request['series'])} points"
        raise RuntimeError(message)
    answer = json.loads(line)
    return answer["seconds"], Found(answer["period"], answer["flags"], answer["expected"])


def ask_ours(operation: Operation, body: bytes) -> tuple[float, Found]:
    """Processor seconds and answer of ours."""
    start = time.process_time()
    answer = json.loads(engine.answer(body, operation, ApiVersion.V1_0, LIMITS).body)
    seconds = time.process_time() - start
    return seconds, _found(operation, answer)


def ours_as_published(operation: Operation, body: bytes) -> Found:
    """Our answer with the STL of the published package."""
    request = parse(body, operation, ApiVersion.V1_0, LIMITS)
    assert not isinstance(request.options, ChangePointOptions)
    options = replace(request.options, stl_rule=StlRule.PUBLISHED)
    request = replace(request, options=options)
    return _found(operation, json.loads(render(request, engine.run(request))))


def _found(operation: Operation, answer: dict[str, Any]) -> Found:
    if operation is Operation.LAST:
        return Found(answer["period"], [answer["isAnomaly"]], [answer["expectedValue"]])
    return Found(answer["period"], answer["isAnomaly"], answer["expectedValues"])


def row(process: subprocess.Popen[str], kind: Kind, points: int, operation: Operation) -> str:
    """One line of the table, after a first call of each that is not counted."""
    request = json.loads(kind.body(points)) | SETTINGS
    body = json.dumps(request, separators=(",", ":")).encode()
    ask_ours(operation, body)
    _, theirs = ask_peer(process, operation, request)
    spent: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        seconds, ours = ask_ours(operation, body)
        spent.append((seconds, ask_peer(process, operation, request)[0]))
    own, other = (statistics.median(side) for side in zip(*spent, strict=True))
    as_published = ours_as_published(operation, body).differences(theirs)
    return (
        f"| {kind.title} | {points} | {operation} | {1000 * own:.2f} | {1000 * other:.0f}"
        f" | {other / own:.0f} | {ours.differences(theirs)} | {as_published} |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--longest", action="store_true", help=f"series of {LONGEST} points, too")
    sizes = (SHORT, LONG, LONGEST) if parser.parse_args().longest else (SHORT, LONG)
    words = [str(peer_environment.make()), str(Path(__file__).with_name("peer.py"))]
    print("| Series | Points | Operation | ours, ms | package, ms | times | answers | as published |")
    print("|---|---|---|---|---|---|---|---|")
    with subprocess.Popen(  # noqa: S603  # our own program in its own environment
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **SINGLE},
    ) as process:
        for kind in KINDS:
            for points in (size for size in sizes if size in kind.lengths):
                for operation in (Operation.ENTIRE, Operation.LAST):
                    print(row(process, kind, points, operation), flush=True)
        if process.stdin:
            process.stdin.close()


if __name__ == "__main__":
    main()
