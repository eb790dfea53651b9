from __future__ import annotations

import numpy as np
import pytest

from anomaly_container.detection.univariate.decomposition.phases import by_cycle, phase_groups
from tests.support.signals import white
from tests.unit.detection.univariate.agreement import assert_equal

SHAPES = [(12, 2), (12, 5), (13, 4), (21, 7), (24, 12), (25, 12), (35, 12), (7, 9), (50, 24), (50, 1)]


@pytest.mark.parametrize(("size", "period"), SHAPES)
def test_columns_of_the_table_are_the_phases(size: int, period: int) -> None:
    values = white(size, 1)
    table = by_cycle(values, period)
    assert table.shape == (-(-size // period), period)
    for phase in range(period):
        members = values[phase::period]
        assert_equal(table[: members.size, phase], members)
        assert not table[members.size :, phase].any()


@pytest.mark.parametrize(("size", "period"), SHAPES)
def test_groups_hold_every_phase_once_with_its_number_of_cycles(size: int, period: int) -> None:
    cycles = {phase: count for phases, count in phase_groups(size, period) for phase in range(period)[phases]}
    assert cycles == {phase: len(range(phase, size, period)) for phase in range(period)}
    assert sum(len(range(period)[phases]) for phases, _ in phase_groups(size, period)) == period


def test_the_table_is_a_copy() -> None:
    values = white(12, 1)
    before = values.copy()
    by_cycle(values, 4)[:] = np.nan
    assert_equal(values, before)
