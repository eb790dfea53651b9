"""Usage records as a container sends them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from anomaly_container.metering.record_schema import LARGEST_QUANTITY
from anomaly_container.metering.usage_record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CONTAINER = "c0ffee00-0000-4000-8000-000000000001"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NAMES = [
    "CognitiveServices.AnomalyDetector.Container.EntireDetect",
    "CognitiveServices.AnomalyDetector.Container.LastDetect",
    "CognitiveServices.AnomalyDetector.Container.ChangePointDetect",
    "CognitiveServices.AnomalyDetector.Container.DataPoints",
]
ENTIRE, LAST, CHANGE_POINT, POINTS = NAMES

Wire = dict[str, Any]


def record_id(number: int) -> str:
    return f"abcdef00-0000-4000-8000-{number:012x}"


def amounts(quantities: Iterable[int]) -> dict[str, int]:
    """Quantities of the univariate meters, by wire name."""
    return dict(zip(NAMES, quantities, strict=True))


def files(rows: Mapping[str, Iterable[int]]) -> dict[str, dict[str, int]]:
    """What files with the univariate meters hold, as `read_counters` returns it."""
    return {file: amounts(row) for file, row in rows.items()}


def wire(
    number: int = 1,
    quantities: tuple[int, int, int, int] = (12, 3, 1, 20),
    end: datetime = NOON,
    container: str = CONTAINER,
) -> Wire:
    """A record of ten minutes, as the container makes it."""
    start = end - timedelta(minutes=10)
    return Record(record_id(number), start, end, amounts(quantities), version="0.1.0").to_wire(container)


def body(record: object) -> bytes:
    return json.dumps(record).encode()


JSON: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
INSTANTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 31)).map(  # noqa: DTZ001  # hypothesis wants bounds without a zone
    lambda moment: moment.replace(tzinfo=UTC)
)
COUNTS = st.integers(0, LARGEST_QUANTITY)
RECORDS = st.builds(wire, st.integers(1, 3), st.tuples(COUNTS, COUNTS, COUNTS, COUNTS), INSTANTS)


@st.composite
def mutated_records(draw: st.DrawFn) -> Wire:
    """A record in which one field, of the record or of a meter, has another value, is gone or is new."""
    record = draw(RECORDS)
    part = draw(st.sampled_from([record, *record["meters"]]))
    name = draw(st.sampled_from(sorted(part)) | st.text(max_size=8))
    if draw(st.booleans()):
        part[name] = draw(JSON)
    else:
        part.pop(name, None)
    return record


BODIES = st.binary(max_size=200) | (JSON | RECORDS | mutated_records()).map(body)
