"""Runs under valgrind: answers each case in a copy of this process, beside a copy that does nothing.

Prints the name of a case and the numbers of its two processes. Both are copies of one process that has
answered the case before, so that the instructions of one more answer are all in which they differ.
"""

from __future__ import annotations

import os
import sys
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # this file is run as a program

from anomaly_container.detection.univariate import _kernels
from anomaly_container.services.univariate import engine
from anomaly_container.services.univariate.contract.limits import Limits
from anomaly_container.services.univariate.contract.versions import ApiVersion, Operation
from tests.bench.kinds import KINDS, LONG, LONGEST, OPERATIONS, SHORT

if TYPE_CHECKING:
    from tests.bench.kinds import Kind

COUNTED = {kind for kind in KINDS if kind.title in {"daily, season of 7", "daily, noise", "minutely, noise"}}
LIMITS = Limits()


def copy_of_this_process(body: bytes, operation: Operation, *, times: int) -> int:
    """Answer so many times in a child, and return its number when it has ended."""
    child = os.fork()
    if child == 0:
        for _ in range(times):
            engine.answer(body, operation, ApiVersion.V1_1, LIMITS)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if status:
        message = f"the copy ended with {status}"
        raise RuntimeError(message)
    return child


def cases(kernels: str) -> list[tuple[Kind, int, Operation]]:
    """What is counted: everything; the longest series for one operation alone where numpy has the work."""
    every = product([kind for kind in KINDS if kind in COUNTED], (SHORT, LONG, LONGEST), OPERATIONS)
    return [
        (kind, points, operation)
        for kind, points, operation in every
        if kernels != "numpy" or points < LONGEST or operation == Operation.ENTIRE
    ]


def main() -> None:
    """Go through the cases with the kernels that the word on the command line names."""
    kernels = sys.argv[1]
    if kernels == "numpy":
        _kernels.compiled = None
    for kind, points, operation in cases(kernels):
        body = kind.body(points)
        answer = engine.answer(body, operation, ApiVersion.V1_1, LIMITS)
        kind.check(operation, answer.headers.get("model-id"), answer.body)
        idle, busy = (copy_of_this_process(body, operation, times=times) for times in (0, 1))
        print(f"{idle} {busy} {operation}, {kind.title}, {points} points")


if __name__ == "__main__":
    main()
