"""What a sink has not acknowledged.

The smallest example: 3 and 4 are given, 3 is taken: 4 is the lowest.
"""

from __future__ import annotations

from anomaly_container.services.streams.unacknowledged import Unacknowledged
from tests.support.sink_outputs import result


def test_the_lowest_rises_with_what_is_taken() -> None:
    third, fourth = result(3), result(4)
    waiting = Unacknowledged()
    assert waiting.lowest("orders-0") is None
    waiting.add([third, fourth])
    waiting.remove([third])
    assert waiting.lowest("orders-0") == 4
    waiting.remove([fourth])
    assert waiting.lowest("orders-0") is None


def test_several_outputs_of_one_offset_are_counted_apart() -> None:
    first, second = result(3), result(3)
    waiting = Unacknowledged()
    waiting.add([first, second])
    waiting.remove([second])
    assert waiting.lowest("orders-0") == 3
    waiting.remove([first])
    assert waiting.lowest("orders-0") is None


def test_what_came_late_may_be_lowest_and_what_is_not_there_is_no_fault() -> None:
    late, early = result(3), result(9)
    waiting = Unacknowledged()
    waiting.add([early, late])
    assert waiting.lowest("orders-0") == 3
    waiting.remove([late, late])
    assert waiting.lowest("orders-0") == 9
    waiting.forget(["orders-0", "orders-7"])
    waiting.remove([early])
    assert waiting.lowest("orders-0") is None
