"""Numbers of the command line.

The smallest example: 7 is from 1 to 10; 11, 7.5 and seven are not whole numbers from 1 to 10.
"""

from __future__ import annotations

from argparse import ArgumentTypeError

import pytest

from anomaly_container.cli.numbers import number_of


def test_a_number_within_bounds_is_returned() -> None:
    assert number_of("7", int, 1, 10) == 7
    assert number_of("0.5", float, 0.0, 1.0) == 0.5


@pytest.mark.parametrize("text", ["11", "7.5", "seven", "0", "nan", ""])
def test_anything_else_is_refused_with_the_bounds(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match=r"^it must be a whole number from 1 to 10$"):
        number_of(text, int, 1, 10)


@pytest.mark.parametrize("text", ["nan", "inf", "-0.1"])
def test_a_number_that_is_not_finite_is_out_of_bounds(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match=r"^it must be a number from 0.0 to 1.0$"):
        number_of(text, float, 0.0, 1.0)
