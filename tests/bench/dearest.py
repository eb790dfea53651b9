"""Searches for the dearest request of every size, and prints the two worst of each: cost beside bytes.

Random bodies come first; then those that differ in one or two things from the dearest so far. Times are
those of the processor for one thread, the least of three where a body is among the dearest. Beside them is
what admission takes them for (`anomaly_container.services.univariate.cost`). Below are the dearest bodies to
read: their filling is all that costs. `--seconds` bounds the search, `--seed` makes it another one, and
`--kernels numpy` does without the compiled kernels.
"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # this file is run as a program, too

from anomaly_container.detection.univariate import _kernels
from anomaly_container.services.univariate import cost, engine
from anomaly_container.services.univariate.contract.errors import ContractError
from anomaly_container.services.univariate.contract.limits import Limits
from anomaly_container.services.univariate.contract.request import parse
from anomaly_container.services.univariate.contract.versions import ApiVersion, Operation
from tests.bench.fillings import FILLINGS, filled
from tests.bench.shapes import GAPS, VALUES, WORST, Shape

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LIMITS: Final = Limits()
MAX_GRID: Final = 17_280
MAX_BODY: Final = (1 << 20) + 256 * LIMITS.max_points
SECONDS: Final = 300.0
SIZES: Final = ((12, 15), (16, 40), (41, 160), (161, 1600), (1601, 8640))
"""Points of each class: some 0.7, 2, 8, 80 and 420 kB as a body."""
SHOWN_OF_EACH, PARENTS, DOUBTFUL = 2, 5, 0.8
RANDOM_SHARE: Final = 0.4


@dataclass
class Class:
    """Bodies of one size, with what each takes."""

    points: tuple[int, int]
    milliseconds: dict[Shape, float] = field(default_factory=dict)

    def dearest(self, count: int) -> list[Shape]:
        return sorted(self.milliseconds, key=self.milliseconds.__getitem__, reverse=True)[:count]


def milliseconds(shape: Shape) -> float:
    """What one answer takes, a refusal too."""
    return _milliseconds(shape.body(), *shape.where())


def _milliseconds(body: bytes, operation: Operation, version: ApiVersion) -> float:
    began = time.thread_time()
    with suppress(ContractError):
        engine.answer(body, operation, version, LIMITS)
    return 1000.0 * (time.thread_time() - began)


def estimate(shape: Shape) -> float:
    """What admission takes it for."""
    body, (operation, version) = shape.body(), shape.where()
    try:
        return cost.answering_milliseconds(parse(body, operation, version, LIMITS))
    except ContractError:
        return cost.reading_milliseconds(len(body))


def search(seconds: float, seed: int, measure: Callable[[Shape], float] = milliseconds) -> list[Class]:
    """Search each class in turn until the time is up; each gets one body at least."""
    rng = np.random.default_rng(seed)
    classes = [Class(points) for points in SIZES]
    end = time.monotonic() + seconds
    while True:
        for each in classes:
            _try_one(each, rng, measure)
        if time.monotonic() >= end:
            return classes


def _try_one(each: Class, rng: np.random.Generator, measure: Callable[[Shape], float]) -> None:
    parents = each.dearest(PARENTS)
    if not parents or rng.random() < RANDOM_SHARE:
        shape = _any(each.points, rng)
    else:
        shape = _changed(parents[rng.integers(len(parents))], each.points, rng)
    if shape in each.milliseconds:
        return
    taken = measure(shape)
    if not parents or taken > DOUBTFUL * each.milliseconds[parents[0]]:
        taken = min(taken, measure(shape), measure(shape))
    each.milliseconds[shape] = taken


def _any(bounds: tuple[int, int], rng: np.random.Generator) -> Shape:
    """A body at random; the fields are drawn after the points and slots that they depend on."""
    points = _points(bounds, rng)
    slots = _slots(points, rng)
    drawn: dict[str, Any] = {name: draw(points, slots, rng) for name, draw in DRAWS.items()}
    return Shape(points, slots, **drawn)


def _changed(shape: Shape, bounds: tuple[int, int], rng: np.random.Generator) -> Shape:
    """A body that differs in one or two things."""
    values: dict[str, Any] = asdict(shape)
    for name in rng.choice(
        np.array(["points", "slots", *DRAWS]), size=rng.integers(1, 3), replace=False
    ).tolist():
        if name == "points":
            values["points"] = _points(bounds, rng)
        elif name == "slots":
            values["slots"] = _slots(values["points"], rng)
        else:
            values[name] = DRAWS[name](values["points"], values["slots"], rng)
    values["slots"] = max(values["points"], values["slots"])
    return Shape(**values)


def _points(bounds: tuple[int, int], rng: np.random.Generator) -> int:
    low, high = bounds
    return int((low, high, rng.integers(low, high + 1))[rng.integers(3)])


def _slots(points: int, rng: np.random.Generator) -> int:
    """Without gaps, with few, half, as many as are filled, or more than that."""
    within = int(rng.integers(points, MAX_GRID + 1))
    return max(
        points, int(rng.choice([points, points, points + 1, 2 * points, within, MAX_GRID, 2 * MAX_GRID]))
    )


def _period(_points: int, slots: int, rng: np.random.Generator) -> int | None:
    length = min(slots, MAX_GRID)
    periods = [None, None, 0, 1, 2, 3, 4, 7, 12, 24, 60, (length - 1) // 2, (length - 1) // 3, length // 10]
    period = periods[rng.integers(len(periods))]
    return period if period is None or period <= (length - 1) // 2 else 0


def _one_of(*options: object) -> Callable[[int, int, np.random.Generator], object]:
    return lambda _points, _slots, rng: options[rng.integers(len(options))]


DRAWS: Final[dict[str, Callable[[int, int, np.random.Generator], object]]] = {
    "values": _one_of(*VALUES),
    "gaps": _one_of(*GAPS),
    "operation": _one_of("entire", "last", "changepoint"),
    "version": _one_of("v1.0", "v1.1"),
    "granularity": _one_of("daily", "minutely", "hourly", "secondly", "microsecond", "none"),
    "interval": _one_of(1, 1, 5),
    "period": _period,
    "impute": _one_of(None, "auto", "previous", "linear", "fixed", "zero", "notFill"),
    "ratio": _one_of(None, None, 0.49, 0.01),
    "sensitivity": _one_of(None, 0, 99),
    "window": lambda points, _slots, rng: [None, 3, max(3, (points - 1) // 2)][rng.integers(3)],
    "threshold": _one_of(None, 0.01, 0.99),
}


def known() -> Class:
    """The dearest that were found before, measured again."""
    shapes = {shape: min(milliseconds(shape) for _ in range(3)) for shape in WORST}
    return Class((12, LIMITS.max_points), shapes)


def table(classes: Sequence[Class], shown: int = SHOWN_OF_EACH) -> str:
    """The dearest of each class, smallest bodies first; then the fillings."""
    lines = ["milliseconds  estimate    bytes  body", "------------  --------  -------  ----"]
    for each in classes:
        lines += [
            _line(each.milliseconds[shape], estimate(shape), shape.body(), shape.words())
            for shape in each.dearest(shown)
        ]
    return "\n".join(lines)


def filling_table() -> str:
    """What the fillings take to read."""
    lines = []
    for name in FILLINGS:
        body = filled(name, MAX_BODY)
        taken = min(_milliseconds(body, Operation.ENTIRE, ApiVersion.V1_1) for _ in range(3))
        lines.append(_line(taken, cost.reading_milliseconds(len(body)), body, name))
    return "\n".join(sorted(lines, reverse=True))


def _line(taken: float, estimated: float, body: bytes, words: str) -> str:
    return f"{taken:12.1f}  {estimated:8.1f}  {len(body):7d}  {words}"


def main() -> None:
    """Search and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--known", action="store_true", help="measure only what was found before")
    parser.add_argument("--kernels", choices=("compiled", "numpy"), default="compiled")
    options = parser.parse_args()
    if options.kernels == "numpy":
        _kernels.compiled = None
    if options.known:
        print(f"{table([known()], len(WORST))}\n\n{filling_table()}")
        return
    classes = search(options.seconds, options.seed)
    tried = sum(len(each.milliseconds) for each in classes)
    print(f"{tried} bodies, kernels {'compiled' if _kernels.compiled else 'in numpy'}\n\n{table(classes)}")
    print(f"\n{filling_table()}")


if __name__ == "__main__":
    main()
