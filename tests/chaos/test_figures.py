"""Each promise has a figure, and each figure can fail the run."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.chaos.books import Books
from tests.chaos.figures import LARGEST_GROWTH, failures, lines
from tests.chaos.footprint import growth
from tests.chaos.observed import Observed
from tests.chaos.troubles import AFTERMATH, Diary

if TYPE_CHECKING:
    from collections.abc import Callable

USAGE = Counter(EntireDetect=3, DataPoints=3)
FLAT = [50.0] * 30


def good() -> Observed:
    """A run in which everything was as it must be."""
    return Observed(
        60.0,
        capacities=[100.0],
        rates=[90.0],
        books=Books(sent=4, answers=3, answered=USAGE.copy(), refused=Counter({"429 429": 1})),
        diary=Diary(
            [(10.0, 20.0)], Counter({"workers killed": 1, "metering outages": 1, "full disks": 1}), [10.0]
        ),
        due=[1.0, 15.0, 30.0],
        waited=[0.01, 2.0, 0.03],
        counted=USAGE.copy(),
        at_the_end=USAGE.copy(),
        master_memory=FLAT,
        worker_memory=FLAT,
        most_memory=60.0,
        opened_before=(9, 30),
        opened_after=(9, 29),
        log="Metering attempt failed with status 'CouldNotConnect'.\nWorker (pid:7) was sent SIGKILL!\n",
    )


def with_books(**changes: object) -> Observed:
    seen = good()
    for name, value in changes.items():
        setattr(seen.books, name, value)
    return seen


def with_log(line: str) -> Observed:
    seen = good()
    return replace(seen, log=seen.log + line)


def without(trouble: str) -> Observed:
    seen = good()
    del seen.diary.happened[trouble]
    return seen


def usage(**calls: int) -> Observed:
    counted = USAGE + Counter(calls)
    counted.subtract({name: -number for name, number in calls.items() if number < 0})
    return replace(good(), counted=+counted, at_the_end=+counted)


BAD: dict[str, tuple[Callable[[], Observed], str]] = {
    "a wrong answer": (lambda: with_books(wrong=["last of 29 points"]), "A wrong answer"),
    "a 500": (lambda: with_books(sent=5, undocumented=Counter({"500 500": 1})), "not documented: 500 500 1"),
    "a connection cut off": (lambda: with_books(sent=5, cut_off=[10.1 + AFTERMATH]), "without a kill"),
    "a client that waited in vain": (lambda: with_books(sent=5, late=1), "no answer in time"),
    "a request forgotten": (lambda: with_books(sent=5), "nobody knows"),
    "a lost count": (lambda: usage(EntireDetect=-1), "Answered and not counted"),
    "a double count": (lambda: usage(EntireDetect=1), "Counted and not answered"),
    "lost at the stop": (lambda: replace(good(), at_the_end=Counter(DataPoints=3)), "after the stop"),
    "usage kept back": (lambda: replace(good(), unreported=Counter(LastDetect=1)), "still had usage"),
    "a leak in a worker": (
        lambda: replace(good(), worker_memory=[2.0 * look for look in range(30)]),
        "memory of the worker grew by 20",
    ),
    "a leak in the master": (
        lambda: replace(good(), master_memory=[2.0 * look for look in range(30)]),
        "memory of the master grew by 20",
    ),
    "too few looks": (lambda: replace(good(), worker_memory=FLAT[:5]), "not seen often enough"),
    "a descriptor of the master": (lambda: replace(good(), opened_after=(10, 9)), "Descriptors"),
    "a descriptor of a worker": (lambda: replace(good(), opened_after=(9, 31)), "Descriptors"),
    "an exception in a request": (lambda: with_log("Request 1 failed with KeyError\n"), "An exception"),
    "an exception in metering": (lambda: with_log("Metering failed with ValueError.\n"), "An exception"),
    "an exception elsewhere": (lambda: with_log("Traceback (most recent call last):\n"), "An exception"),
    "an exception of the library": (lambda: with_log("Unhandled exception: OSError\n"), "An exception"),
    "no kills": (lambda: without("workers killed"), "no workers killed"),
    "no outages": (lambda: without("metering outages"), "no metering outages"),
    "no full disk": (lambda: without("full disks"), "no full disks"),
    "nothing measured": (lambda: replace(good(), due=[15.0], waited=[1.0]), "no calm moment"),
    "a bad end": (lambda: replace(good(), exit_code=3), "ended with 3"),
}


def test_a_good_run_passes() -> None:
    assert failures(good()) == []


@pytest.mark.parametrize("name", BAD)
def test_a_bad_figure_fails_the_run(name: str) -> None:
    make, sentence = BAD[name]
    assert any(sentence in found for found in failures(make())), failures(make())


def test_a_cut_off_by_a_kill_is_none_of_the_servers_faults() -> None:
    assert failures(with_books(sent=5, cut_off=[10.1])) == []


def test_where_no_disk_can_be_mounted_the_figures_say_so() -> None:
    seen = replace(without("full disks"), has_small_disk=False)
    assert failures(seen) == []
    assert any("NOT DONE" in line for line in lines(seen))


def test_waits_are_told_for_calm_moments_and_for_all() -> None:
    told = [line.split(maxsplit=3)[2:] for line in lines(good()) if line.startswith("p50")]
    assert told == [["calm", "30 ms, 30 ms, of 2 answers"], ["all", "30 ms, 2000 ms, of 3 answers"]]


def test_growth_ignores_the_first_third() -> None:
    warming = [float(look) for look in range(10)] + [10.0] * 20
    assert growth(warming) == 0
    leaking = [look * (LARGEST_GROWTH + 1) / 10 for look in range(30)]
    assert growth(leaking) == pytest.approx(LARGEST_GROWTH + 1)
