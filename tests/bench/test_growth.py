"""The fitted exponent and the words of the tables."""

from __future__ import annotations

import math

import pytest

from anomaly_container.services.univariate.contract.versions import Operation
from tests.bench.kinds import DAILY_SEASON, KINDS, LONG, LONGEST, Kind
from tests.bench.processor_time import Costs
from tests.bench.targets import Verdicts, milliseconds
from tests.bench.worker import Cost


def costs(kind: Kind, exponent: float) -> Costs:
    seconds = {size: 1e-6 * size**exponent for size in kind.lengths}
    by_size = {
        (size, operation): Cost(spent, spent) for size, spent in seconds.items() for operation in Operation
    }
    return Costs(kind, dict.fromkeys(kind.lengths, 1.0), by_size)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.title)
@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
def test_the_exponent_of_a_power_is_found(kind: Kind, exponent: float) -> None:
    assert math.isclose(costs(kind, exponent).exponent(Operation.LAST), exponent)


def test_a_missed_target_is_named() -> None:
    verdicts = Verdicts()
    assert verdicts.at_most("a", 1.0, 1.0) == "1.00 ≤ 1"
    assert verdicts.at_most("b", 1.01, 1.0) == "**1.01** not ≤ 1"
    assert verdicts.at_least("c", 500, 500) == "500 ≥ 500"
    assert verdicts.at_least("d", 499, 500) == "**499** not ≥ 500"
    assert verdicts.at_most("e", 9.0, None) == "9.00"
    assert verdicts.at_most("f", 2.0, 1.0, is_time=False) == "**2.00** not ≤ 1"
    assert (verdicts.compared, verdicts.missed()) == (5, ["b", "d", "f"])
    # On a machine twice as fast; memory would be the same there.
    assert verdicts.missed(2.0) == ["f"]


def test_a_season_has_targets_of_its_own() -> None:
    assert milliseconds(7, LONGEST, Operation.LAST) == 22.0
    assert milliseconds(0, LONGEST, Operation.LAST) == 14.0
    assert (
        milliseconds(7, LONG, Operation.CHANGE_POINT) == milliseconds(0, LONG, Operation.CHANGE_POINT) == 2.0
    )


def test_a_series_that_takes_another_branch_is_refused() -> None:
    DAILY_SEASON.check(Operation.ENTIRE, "10", b'{"period": 7}')
    for model, answer in (("40", b'{"period": 7}'), ("10", b'{"period": 0}'), (None, b'{"period": 7}')):
        with pytest.raises(RuntimeError, match="found period"):
            DAILY_SEASON.check(Operation.ENTIRE, model, answer)
