"""Processor time of the random cut forest beside krcf, rrcf and AWS's own, by turns."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Final

from tests.bench.streams import targets
from tests.oracle.random_cut import forests
from tests.oracle.random_cut.forests import Task
from tests.oracle.random_cut.rows import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.bench.batches.targets import Verdicts
    from tests.oracle.random_cut.forests import Run

TRAIN, SCORED = 50_000, 2000
DECAY: Final = 0.1 / 512
TURNS: Final = 3
RUNS: Final[Mapping[str, Callable[[Task], Run]]] = {
    "ours": forests.ours,
    "krcf": forests.krcf,
    "rrcf": forests.rrcf,
    "AWS": forests.aws,
}
STEPS: Final = ("train", "score", "single", "shares", "learn")
SAME_STEP: Final = {"single": "score"}
"""What another forest does in its place: it scores one row at a time anyway."""
Times = dict[str, dict[str, list[float]]]


def measure(kind: str, turns: int = TURNS) -> Times:
    """Return the seconds of each turn by forest and step: all of the training, or one row."""
    rows = KINDS[kind]
    task = Task(rows(TRAIN, 1), rows(SCORED, 2), rounds=2)
    learning = Task(task.train[: TRAIN // 10], task.rows, decay=DECAY, rounds=2)
    runs = {name: run for name, run in RUNS.items() if name != "AWS" or forests.has_java()}
    times: Times = {name: {} for name in RUNS}
    for _ in range(turns):
        for name, run in runs.items():
            seconds = run(task).seconds
            if "learn" in seconds:
                seconds["learn"] = run(learning).seconds["learn"]
            for step, taken in seconds.items():
                times[name].setdefault(step, []).append(taken)
    return times


def share(times: Times, other: str, step: str) -> float | None:
    """Return the median over the turns of our share of another forest's time; None if it has no such step."""
    theirs = times[other].get(SAME_STEP.get(step, step))
    if theirs is None:
        return None
    return median(mine / its for mine, its in zip(times["ours"][step], theirs, strict=True))


def table(kind: str, times: Times, verdicts: Verdicts) -> str:
    """Return the times and shares as a table, and judge them."""
    lines = [
        f"| {kind} | ours | krcf | rrcf | AWS | of krcf's | of rrcf's | of AWS's |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for step in STEPS:
        cells = [
            _time(times[name].get(SAME_STEP.get(step, step) if name != "ours" else step)) for name in RUNS
        ]
        cells += [_judged(kind, other, step, times, verdicts) for other in ("krcf", "rrcf", "AWS")]
        lines.append(f"| {step} | {' | '.join(cells)} |")
    training = min(times["ours"]["train"])
    verdicts.at_most(f"{kind}: seconds of training", training, targets.MOST_TRAINING_SECONDS)
    return "\n".join(lines)


def _judged(kind: str, other: str, step: str, times: Times, verdicts: Verdicts) -> str:
    got = share(times, other, step)
    if got is None:
        return "-"
    bar = {"krcf": targets.KRCF, "rrcf": targets.RRCF}.get(other, {}).get(step)
    return f"{got:.3g}" if bar is None else verdicts.at_most(f"{kind}: {step}, share of {other}'s", got, bar)


def _time(taken: list[float] | None) -> str:
    if not taken:
        return "-"
    least = min(taken)
    return f"{1e3 * least:.4g} ms" if least > 1e-3 else f"{1e6 * least:.3g} us"
