"""The values of the last slots of a key.

The smallest example: of two values of one slot the last one wins.
"""

from __future__ import annotations

from anomaly_container.services.streams.key_window import KeyWindow


def test_the_last_value_of_a_slot_wins() -> None:
    window = KeyWindow(12)
    for slot, value in ((0, 1.0), (1, 2.0), (1, 3.0), (0, 4.0)):
        window.put(slot, value)

    assert window.series().values.tolist() == [4.0, 3.0]


def test_slots_that_leave_the_window_are_forgotten() -> None:
    window = KeyWindow(12)
    for slot in (0, 5, 11, 13):
        window.put(slot, float(slot))
    assert window.series().values.tolist() == [5.0, 11.0, 13.0]
    assert window.series().slots.tolist() == [0, 6, 8]

    window.put(1000, 7.0)
    window.put(900, 8.0)

    assert window.series().values.tolist() == [7.0]
