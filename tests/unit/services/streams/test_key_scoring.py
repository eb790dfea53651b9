"""Mode keys: values of keys are judged, and the results have what the detector says.

The smallest example: of 30 values of one key that are read, those from the twelfth on have a result.
"""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from anomaly_container.services.streams.events import Record
from anomaly_container.services.streams.key_scoring import KeyResult, KeyScoring, key_of
from anomaly_container.services.streams.settings import StreamsSettings
from anomaly_container.services.streams.sources import Batch

START = 1_767_225_600
LICENCE = {"Eula": "accept", "Billing": "https://billing.example", "ApiKey": "0" * 32}


def settings(**given: Any) -> StreamsSettings:  # noqa: ANN401  # settings of any type
    keys = {"Streams:Mode": "keys", "Streams:Keys:Field": "region,method", "Streams:Keys:Value": "load"}
    return StreamsSettings.model_validate(LICENCE | keys | given)


def record(
    offset: int, minute: float, value: object, *, region: str = "eu", partition: str = "t-0"
) -> Record:
    line = {"time": START + 60 * minute, "region": region, "method": "get", "load": value}
    return Record(f"{partition}-{offset}", partition, offset, offset + 1, orjson.dumps(line), None)


def scoring_of(given: StreamsSettings | None = None, *, now: float | None = None) -> KeyScoring:
    scoring = KeyScoring(given or settings(), now=None if now is None else lambda: now)
    scoring.begin("t-0", None)
    return scoring


def take(scoring: KeyScoring, records: list[Record]) -> list[KeyResult]:
    positions = {one.partition: {"offset": one.next_offset} for one in records}
    return [one for one in scoring.take(Batch(records, positions)).results if isinstance(one, KeyResult)]


def test_the_twelfth_value_of_a_key_has_the_first_result() -> None:
    found = take(scoring_of(), [record(minute, minute, 10.0 + minute % 2) for minute in range(14)])

    assert [one.id for one in found] == ["t-0-11", "t-0-12", "t-0-13"]
    assert {one.key for one in found} == {"eu|GET"}


def test_an_anomaly_has_what_the_detector_says() -> None:
    scoring, given = scoring_of(), settings()
    records = [record(minute, minute, 10.0 + minute % 2) for minute in range(30)]

    (*_, found) = take(scoring, [*records, record(30, 30, 99.0)])

    document = orjson.loads(found.line(given))
    assert list(document) == [
        "id", "stream", "time", "expectedValue", "upperMargin", "lowerMargin", "severity", "period", "result",
        "reasons", "filled", "late", "key", "modelId",
    ]  # fmt: skip
    assert (document["result"], document["key"], document["modelId"]) == ("High Outlier", "eu|GET", None)
    (reason,) = document["reasons"]
    assert (reason["feature"], reason["direction"], reason["value"]) == ("load", "high", 99.0)
    assert found.score == document["severity"] > 0
    assert reason["usual"] == document["expectedValue"]


def test_the_state_does_not_depend_on_batches() -> None:
    records = [
        record(offset, offset / 3, 10.0 + offset % 5, region=("eu", "us", "asia")[offset % 3])
        for offset in range(90)
    ]
    whole, parts = scoring_of(), scoring_of()
    expected = take(whole, records)

    found: list[KeyResult] = []
    for start in range(0, 90, 7):
        found += take(parts, records[start : start + 7])
        document = parts.document("t-0")
        parts = KeyScoring(settings())
        parts.begin("t-0", document)

    given = settings()
    assert [one.line(given) for one in found] == [one.line(given) for one in expected]
    assert len(found) == 90 - 3 * 11
    assert parts.document("t-0") == whole.document("t-0")


def test_an_event_ahead_of_the_clock_is_not_stored() -> None:
    scoring = scoring_of(now=float(START + 3600))
    records = [record(minute, minute, 10.0 + minute % 2) for minute in range(12)]

    found = take(scoring, [*records[:11], record(11, 100_000, 10.0), record(12, 11, 11.0)])

    assert [one.id for one in found] == ["t-0-12"]


def test_what_has_no_value_has_no_result_and_is_not_counted() -> None:
    scoring = scoring_of()

    assert take(scoring, [record(0, 0, None), record(1, 1, "much"), record(2, 2, 5)]) == []
    assert scoring.states["t-0"].totals.of("-") == 1


def test_partitions_have_their_own_windows() -> None:
    scoring = scoring_of()
    scoring.begin("t-1", None)
    records = [record(minute, minute, 10.0, partition=f"t-{minute % 2}") for minute in range(22)]

    assert take(scoring, records) == []
    scoring.drop("t-1")
    assert [one.id for one in take(scoring, [record(30, 30, 10.0)])] == ["t-0-30"]


@pytest.mark.parametrize(("parts", "length"), [(("eu", "checkout"), 11), (("x" * 500, "a"), 200)])
def test_keys_are_bounded_and_differ(parts: tuple[str, ...], length: int) -> None:
    assert len(key_of(parts)) == length
    assert key_of(parts) != key_of((*parts[:-1], parts[-1] + "b"))
