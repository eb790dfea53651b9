"""The closed schema of a usage record."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given

from anomaly_container.metering.record_schema import LARGEST_QUANTITY, RecordError, parse
from tests.support.usage_records import NAMES, RECORDS, Wire, body, record_id, wire

if TYPE_CHECKING:
    from collections.abc import Iterator


def meter(**changes: object) -> Wire:
    """A record whose first meter is changed."""
    record = wire()
    record["meters"][0] |= changes
    return record


INVALID_TEXTS = {
    "id": ["", "1", record_id(1).upper(), record_id(1)[:-1], f"{record_id(1)}\n", f"{{{record_id(1)}}}"],
    "apiType": ["", "anomalydetector2", "AnomalyDetector", "textanalytics"],
    "containerType": ["", "anomaly-detectors", "anomalydetector"],
    "containerVersion": ["", "1.0 beta", "1" * 65, "1.0\n", "\u0661.0", "<b>"],
    "containerId": ["", "host-7", "\ud800"],
    "windowStart": ["", "2026-03-01", "2026-03-01T11:50:00", "2026-03-01T11:50:00+00:00", "1772366400"],
    "windowEnd": [
        "2026-02-29T12:00:00Z",
        "2026-03-01T24:00:01Z",
        "2026-03-01 12:00:00Z",
        "0000-03-01T00:00:00Z",
    ],
}
WRONG_TYPES: Final[list[object]] = [None, True, 1, 1.5, [], {}, ["x"]]
METERS: Final[list[object]] = [None, [], {}, "x", 1]
NO_METERS: Final[list[object]] = [1, [], None, "x"]
NAMES_OF_NO_METER: Final[list[object]] = ["", "EntireDetect", NAMES[0].lower(), None, 1, [], {}]
QUANTITIES: Final[list[object]] = [
    *(-1, 1.0, 0.5, "1", None, True, [], {}),
    *(LARGEST_QUANTITY + 1, 2**63, 10**30),
]


def wrong_records() -> Iterator[tuple[str, Wire]]:
    """Records with one thing wrong, each after what the message says of it."""
    for field in wire():
        without = wire()
        del without[field]
        yield f"The record must have the field '{field}'.", without
    for field, values in INVALID_TEXTS.items():
        for value in [*values, *WRONG_TYPES]:
            yield f"'{field}' must be ", wire() | {field: value}
    yield "The record must have no field but ", wire() | {"hostName": "h"}
    yield "A meter must have no field but name, quantity.", meter(unit="calls")
    yield (
        "'windowEnd' must not be before 'windowStart'.",
        wire() | {"windowStart": "2026-03-01T12:00:00.001Z"},
    )
    for value in METERS:
        yield "'meters' must be a list of at least one meter.", wire() | {"meters": value}
    for value in NO_METERS:
        yield "A meter must be a JSON object.", wire() | {"meters": [value]}
    yield "A meter must be given once.", wire() | {"meters": [*wire()["meters"], wire()["meters"][0]]}
    yield "A meter must have the field 'name'.", wire() | {"meters": [{"quantity": 1}]}
    yield "A meter must have the field 'quantity'.", wire() | {"meters": [{"name": NAMES[0]}]}
    for value in NAMES_OF_NO_METER:
        yield "The 'name' of a meter must be one of ", meter(name=value)
    for value in QUANTITIES:
        yield "A 'quantity' must be an integer from 0 to 1000000000000.", meter(quantity=value)


@pytest.mark.parametrize(("beginning", "record"), [*wrong_records()])
def test_what_does_not_keep_to_the_schema_is_refused(beginning: str, record: Wire) -> None:
    with pytest.raises(RecordError) as refused:
        parse(body(record))
    assert refused.value.reason.startswith(beginning)


@given(RECORDS)
def test_every_record_of_a_container_keeps_to_the_schema(record: Wire) -> None:
    usage = parse(body(record))
    assert usage.id == record["id"]
    assert list(usage.quantities.items()) == [(item["name"], item["quantity"]) for item in record["meters"]]
    assert usage.day == record["windowEnd"][:10]
    restored = json.loads(usage.document)
    assert restored | {"meters": None} == record | {"meters": None}
    assert restored["meters"] == sorted(record["meters"], key=lambda item: item["name"])
