"""Measures this checkout and another one in turn: `python tests/bench/against.py CHECKOUT`.

Both servers run at the same time and are measured one after the other, round by round, so that both meet the
machine in the same hour. The other checkout needs an environment of its own in `.venv`.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # this file is run as a program

from tests.bench import floor, service, sharing, short, start_up, together  # found by the line above
from tests.bench.worker import Process  # as above
from tests.system.server import PROGRAM, Server, running  # as above

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Figures = dict[str, float]
ROUNDS = 5
HEAD = "| Figure | here | there | times |\n|---|---|---|---|"


def _processes(server: Server) -> list[Process]:
    return [Process(pid) for pid in server.worker_pids]


def _sharing(server: Server) -> Figures:
    workers, figures = _processes(server), {}
    for opened, opens_at_once in sharing.OPENED.items():
        run = sharing.measure(server.port, workers, opens_at_once=opens_at_once)
        figures[f"busiest worker, opened {opened}, %"] = 100 * run.busiest
        figures[f"p99, opened {opened}, ms"] = run.p99
    return figures


def _short(server: Server) -> Figures:
    cost = short.measure(server)
    return {
        "short connection, microseconds of the workers": cost.microseconds,
        "short connection, median wait, ms": cost.median,
        "short connection, p99, ms": cost.p99,
    }


def _steady(server: Server) -> Figures:
    workers = _processes(server)
    return {
        f"{one.title}, p99 at the steady rate, ms": one.steady(server.port, workers).p99
        for one in service.traffic()
    }


def _together(server: Server) -> Figures:
    return {"answers in a second of the busier worker": together.measure(server)}


def _floor(server: Server) -> Figures:
    [process] = _processes(server)
    measured = floor.measure(process, server.port)
    return {
        f"{floor.PAGE}, microseconds": measured.page,
        f"{floor.REFUSED}, microseconds": measured.refused,
        "the refused query by the page": measured.ratio,
    }


@dataclass(frozen=True)
class Subject:
    """Something that both checkouts are measured for.

    Attributes
    ----------
    workers
        How many each server has.
    measure
        Measures a running server once.
    """

    workers: int
    measure: Callable[[Server], Figures]

    def rounds(self, programs: Sequence[Sequence[str]], count: int) -> list[list[Figures]]:
        """The figures of each program by round, after a first round that warms both up."""
        here, there = programs
        found: list[list[Figures]] = [[], []]
        with (
            running(workers=self.workers, program=here) as first,
            running(workers=self.workers, program=there) as second,
        ):
            servers = list(zip(found, (first, second), strict=True))
            for place in range(count + 1):
                for figures, server in servers if place % 2 else reversed(servers):
                    measured = self.measure(server)
                    if place:
                        figures.append(measured)
        return found


SUBJECTS = {
    "floor": Subject(1, _floor),
    "short": Subject(2, _short),
    "sharing-2": Subject(2, _sharing),
    "sharing-4": Subject(4, _sharing),
    "steady": Subject(2, _steady),
    "together-1": Subject(1, _together),
    "together-2": Subject(2, _together),
}
START = "start"


def starts(programs: Sequence[Sequence[str]], count: int) -> list[list[Figures]]:
    """The figures of starts of each program, in turn."""
    found: list[list[Figures]] = [[], []]
    for _ in range(count):
        for figures, program in zip(found, programs, strict=True):
            start = start_up.measure(program)
            figures.append(
                {
                    "seconds until ready": start.ready,
                    "seconds until all workers accept": start.complete,
                    "memory of a worker beyond shared pages, MB": max(start.megabytes),
                }
            )
    return found


def rows(here: Sequence[Figures], there: Sequence[Figures]) -> list[str]:
    """A line for each figure: the medians, and the median of how many times the other's ours is."""
    lines = []
    for name in here[0]:
        ours, theirs = ([figures[name] for figures in side] for side in (here, there))
        times = statistics.median(one / other for one, other in zip(ours, theirs, strict=True))
        cells = f"{statistics.median(ours):.2f} | {statistics.median(theirs):.2f} | {times:.3f}"
        lines.append(f"| {name} | {cells} |")
    return lines


def program_of(checkout: Path) -> tuple[str, str]:
    """The words that start the server of a checkout.

    Raises
    ------
    FileNotFoundError
        When it has no environment or no entry point.
    """
    words = checkout / ".venv" / "bin" / "python", checkout / "entrypoint.py"
    for word in words:
        if not word.exists():
            raise FileNotFoundError(word)
    return str(words[0]), str(words[1])


def main(words: Sequence[str] | None = None) -> None:
    """Measure what was asked for, and print a table for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path, help="the other checkout")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each is measured")
    names = [*SUBJECTS, START]
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="what is measured")
    chosen = parser.parse_args(words)
    programs = PROGRAM, program_of(chosen.checkout.resolve())
    for name in chosen.only:
        if name == START:
            here, there = starts(programs, chosen.rounds)
        else:
            here, there = SUBJECTS[name].rounds(programs, chosen.rounds)
        sys.stdout.write("\n".join([f"\n### {name}\n", HEAD, *rows(here, there), ""]))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
