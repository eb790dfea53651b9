"""What the random cut forest may cost beside the published ones: shares of their processor time."""

from __future__ import annotations

from typing import Final

KRCF: Final = {"train": 1 / 40, "score": 0.75, "single": 2.5, "learn": 0.6}
"""At most these shares of krcf's time, which scores one row at a time in either case."""
RRCF: Final = {"train": 1 / 30, "score": 1 / 1000}
"""At most these shares of rrcf's time, which only builds and inserts."""
MOST_TRAINING_SECONDS: Final = 0.060
TIMES_ORJSON: Final = 3.0
"""At most how many times what orjson alone takes an event's parsing and features take."""
EVENT_MICROSECONDS: Final = 25.0
"""At most, from the record to the line of its result, without a broker."""
EVENTS_PER_SECOND_IN_NUMPY: Final = 4000.0
