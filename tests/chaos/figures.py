"""The figures of a run, and the sentences about those that must not be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from tests.chaos.footprint import growth, is_within

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

    from tests.chaos.observed import Observed

LARGEST_GROWTH: Final = 10.0
"""Megabytes of one process; over 30 minutes some 40 octets for each request."""


def lines(seen: Observed) -> list[str]:
    """Return a line for each figure."""
    books, happened = seen.books, seen.diary.happened
    rows = {
        "length": f"{seen.seconds:.0f} s of steady load",
        "machine": f"load average {' before, '.join(f'{load:.1f}' for load in seen.loads)} after",
        "capacity": f"{_range(seen.capacities)} answers/s, all clients asking again at once",
        "rate": f"{_range(seen.rates)} requests/s at fixed moments, {seen.unsent} not sent: too many waited",
        "workers killed": str(happened["workers killed"]),
        "metering outages": f"{happened['metering outages']}; records {_listed(seen.outages)}",
        "full disks": str(happened["full disks"])
        if seen.has_small_disk
        else "NOT DONE: no disk can be mounted",
        "requests sent": str(books.sent),
        "answered": f"{books.answers}, usage {_listed(books.answered)}",
        "refused": f"{books.refused.total()}: {_listed(books.refused)}",
        "left by clients": f"{books.left.total()}: {_listed(books.left)}",
        "cut off by kills": str(len(books.cut_off) - seen.cut_off_without_kill()),
        "cut off otherwise": str(seen.cut_off_without_kill()),
        "not as documented": f"{books.undocumented.total()} {_listed(books.undocumented)}".strip(),
        "wrong answers": str(len(books.wrong)),
        "lost usage": _listed(books.lost(seen.counted)) or "0",
        "double usage": _listed(books.doubled(seen.counted)) or "0",
        "open to doubt": f"{_listed(books.left_open)} (clients who left while it was answered)",
        "p50, p99 calm": _waits(seen.calm_waits()),
        "p50, p99 all": _waits(seen.waited),
        "memory, worker": f"{_grown(seen.worker_memory)}, at most {seen.most_memory:.0f} MB in any",
        "memory, master": _grown(seen.master_memory),
        "descriptors": f"{_opened(seen.opened_before)} before, {_opened(seen.opened_after)} after",
        "exceptions": str(len(seen.exceptions())),
    }
    return [f"{name:<18} {value}" for name, value in rows.items()]


def failures(seen: Observed) -> list[str]:
    """Return a sentence for each figure that must not be."""
    return [*_about_answers(seen), *_about_usage(seen), *_about_leaks(seen), *_about_the_run(seen)]


def _about_answers(seen: Observed) -> list[str]:
    books = seen.books
    found = [f"A wrong answer: {what}." for what in books.wrong[:5]]
    if books.undocumented:
        found.append(f"Answers that are not documented: {_listed(books.undocumented)}.")
    if seen.cut_off_without_kill():
        found.append(f"{seen.cut_off_without_kill()} connections ended without an answer and without a kill.")
    if books.late:
        found.append(f"{books.late} requests had no answer in time.")
    if books.unaccounted:
        found.append(f"Of {books.unaccounted} requests nobody knows what became of them.")
    found += [f"An exception: {line}" for line in seen.exceptions()[:5]]
    return found


def _about_usage(seen: Observed) -> list[str]:
    found = []
    for when, counted in (("before", seen.counted), ("after", seen.at_the_end)):
        if lost := seen.books.lost(counted):
            found.append(f"Answered and not counted, {when} the stop: {_listed(lost)}.")
        if doubled := seen.books.doubled(counted):
            found.append(f"Counted and not answered, {when} the stop: {_listed(doubled)}.")
    if seen.unreported:
        found.append(f"The server still had usage to report: {_listed(seen.unreported)}.")
    if seen.counted != seen.at_the_end:
        found.append(f"The stop changed the usage: {_listed(seen.counted)}, then {_listed(seen.at_the_end)}.")
    return found


def _about_leaks(seen: Observed) -> list[str]:
    found = []
    for who, looks in (("worker", seen.worker_memory), ("master", seen.master_memory)):
        grown = growth(looks)
        if grown is None:
            found.append(f"The memory of the {who} was not seen often enough.")
        elif grown > LARGEST_GROWTH:
            found.append(f"The memory of the {who} grew by {grown:.1f} MB, more than {LARGEST_GROWTH:.0f}.")
    if not is_within(seen.opened_after, seen.opened_before):
        found.append(
            f"Descriptors: {_opened(seen.opened_before)} before, {_opened(seen.opened_after)} after."
        )
    return found


def _about_the_run(seen: Observed) -> list[str]:
    """A run in which nothing happened shows nothing."""
    wanted = ["workers killed", "metering outages", *(["full disks"] if seen.has_small_disk else [])]
    found = [f"There were no {what}." for what in wanted if not seen.diary.happened[what]]
    if not seen.calm_waits():
        found.append("There was no calm moment to measure in.")
    if seen.exit_code:
        found.append(f"Told to stop, the server ended with {seen.exit_code}.")
    return found


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items()))


def _range(rounds: Sequence[float]) -> str:
    if not rounds:
        return "no"
    least, most = f"{min(rounds):.0f}", f"{max(rounds):.0f}"
    return least if least == most else f"{least} to {most} (in {len(rounds)} rounds)"


def _waits(seconds: Sequence[float]) -> str:
    if not seconds:
        return "none"
    median, p99 = 1000 * np.quantile(seconds, (0.5, 0.99), method="higher")
    return f"{median:.0f} ms, {p99:.0f} ms, of {len(seconds)} answers"


def _grown(megabytes: Sequence[float]) -> str:
    grown = growth(megabytes)
    if grown is None:
        return "not seen often enough"
    return f"{grown:+.1f} MB from the middle third to the last of {len(megabytes)} looks"


def _opened(both: tuple[int, int]) -> str:
    return f"master {both[0]} and worker {both[1]}"
