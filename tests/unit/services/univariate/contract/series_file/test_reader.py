"""Every layout of JSON, every encoding, and what is said of a file that has none."""

from __future__ import annotations

import json

import pytest

from anomaly_container.services.univariate.contract.errors import ContractError
from tests.support.bodies import body, pascal_body, points
from tests.unit.services.univariate.contract.series_file.reading import only, read, refusal

ADVICE = "to take the points as neighbours, say --no-times"
VALUES = [point["value"] for point in points(24)]
STAMPS = [point["timestamp"] for point in points(24)]
MILLISECONDS = [1_577_836_800_000 + 86_400_000 * day for day in range(24)]
PAIRS = list(zip(STAMPS, VALUES, strict=True))
CSV = "timestamp,value\n" + "".join(f"{stamp},{value}\n" for stamp, value in PAIRS)

LAYOUTS: dict[str, bytes | str] = {
    "request": body(),
    "PascalCase": pascal_body(),
    "series alone": body(granularity=...),
    "list": json.dumps(points(24)),
    "long list": json.dumps(points(24), indent=1),
    "lines": "\n\n".join(json.dumps(point) for point in points(24)) + "\n",
    "lines of pairs": "\n".join(json.dumps(pair) for pair in PAIRS),
    "BOM": b"\xef\xbb\xbf" + json.dumps(points(24)).encode(),
    "BOM of a CSV": b"\xef\xbb\xbf" + CSV.encode(),
    "UTF-16": CSV.replace(",", "\t").encode("utf-16"),
    "UTF-16, big end first": b"\xfe\xff" + CSV.encode("utf-16-be"),
    "pairs": json.dumps(PAIRS),
    "pairs below a header": json.dumps([["time", "value"], *PAIRS]),
    "texts": json.dumps([{"timestamp": stamp, "value": str(value)} for stamp, value in PAIRS]),
    "columns of pandas": json.dumps({"timestamp": dict(enumerate(STAMPS)), "value": dict(enumerate(VALUES))}),
    "index of pandas": json.dumps(
        {str(row): {"timestamp": stamp, "value": value} for row, (stamp, value) in enumerate(PAIRS)}
    ),
    "split of pandas": json.dumps(
        {"columns": ["timestamp", "value"], "index": list(range(24)), "data": PAIRS}
    ),
    "split without an index": json.dumps({"columns": ["timestamp", "value"], "data": PAIRS}),
    "table of pandas": json.dumps(
        {
            "schema": {"fields": []},
            "data": [{"index": row} | point for row, point in enumerate(points(24))],
        }
    ),
    "series of pandas": json.dumps(dict(PAIRS)),
    "lists": json.dumps({"timestamp": STAMPS, "value": VALUES}),
    "list in an object": json.dumps({"name": "sales", "data": points(24)}),
}


@pytest.mark.parametrize("raw", LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_gives_the_same_points(raw: bytes | str) -> None:
    request = only(raw).request
    assert request.stamps_as_written() == STAMPS
    assert request.values() == VALUES


@pytest.mark.parametrize(
    "document",
    [
        [{"timestamp": time, "value": value} for time, value in zip(MILLISECONDS, VALUES, strict=True)],
        [[value, time] for time, value in zip(MILLISECONDS, VALUES, strict=True)],
        {"value": dict(zip(MILLISECONDS, VALUES, strict=True))},
        dict(zip(MILLISECONDS, VALUES, strict=True)),
    ],
    ids=["points", "pairs, value first", "frame of pandas by time", "series of pandas"],
)
def test_milliseconds_since_1970_are_timestamps_in_json_too(document: object) -> None:
    series = only(json.dumps(document))
    assert series.request.stamps() == STAMPS
    assert series.request.stamps_as_written() == [str(time) for time in MILLISECONDS]
    assert series.request.values() == VALUES
    assert series.cadence.granularity == "daily"


@pytest.mark.parametrize("absent", ["null", "NaN", '""', '"NA"'])
def test_null_is_a_gap(absent: str) -> None:
    points_ = ['{"timestamp": "2026-01-01", "value": 1}', '{"timestamp": "2026-01-03", "value": 3}']
    points_.insert(1, f'{{"timestamp": "2026-01-02", "value": {absent}}}')
    series = only(f"[{', '.join(points_)}]")
    assert series.request.values() == [1.0, 3.0]
    assert series.without_value == 1


def test_a_request_is_sent_as_it_was_written_but_for_its_byte_order_mark() -> None:
    written = body(sensitivity=80) + b"\n"
    for raw in (written, b"\xef\xbb\xbf" + written, written.decode().encode("utf-16")):
        file = read(raw)
        assert file.is_request
        [series] = file.series
        assert series.request.body() == written
        assert json.loads(series.request.with_fields({"sensitivity": 70}).body())["sensitivity"] == 70


def test_points_of_a_request_that_are_null_are_gaps() -> None:
    series = points(24)
    series[5]["value"] = None
    found = only(body(series=series))
    assert found.without_value == 1
    assert json.loads(found.request.body())["series"] == series[:5] + series[6:]


def test_a_request_that_begins_with_the_newest_is_sorted_and_other_disorder_is_not() -> None:
    turned = read(body(series=points(24)[::-1]))
    assert turned.notes == ("the newest stood first; put in time order",)
    assert turned.series[0].request.stamps() == STAMPS
    mixed = [points(24)[3], *points(24)[:3], *points(24)[4:]]
    error = refusal(body(series=mixed))
    assert str(error) == "point 2: the timestamp is before the one above; sort the file, or use --sort"
    assert error.option == "--sort"
    assert only(body(series=mixed), sort=True).request.stamps() == STAMPS
    without_grid = body(series=mixed, granularity="none")
    assert only(without_grid).request.body() == without_grid


def test_options_about_columns_have_no_effect_on_a_request_and_that_is_said() -> None:
    file = read(body(), by="host", no_times=True)
    assert file.notes == ("--by, --no-times: no effect on a request",)
    assert file.series[0].request.body() == body()


def test_fields_are_spelled_as_the_request_spells_them() -> None:
    request = only(pascal_body()).request
    assert json.loads(request.with_fields({"max_anomaly_ratio": 0.1}).body())["MaxAnomalyRatio"] == 0.1


def test_points_may_be_spelled_unlike_the_fields_around_them() -> None:
    request = only(json.dumps({"Granularity": "daily", "Series": points(24)})).request
    assert request.stamps() == STAMPS
    assert request.values() == VALUES


def test_a_list_of_numbers_has_no_timestamps() -> None:
    for text in ("[1, 2.5, 3]", '["1", "2.5", "3"]'):
        request = only(text).request
        assert request.stamps() is None
        assert request.values() == [1.0, 2.5, 3.0]


def test_errors_of_json_lines_name_the_line() -> None:
    assert only(LAYOUTS["lines"]).request.lines == list(range(1, 48, 2))
    assert (
        str(refusal('{"value": 1}\n{"value": 2}\n{"value": \n'))
        == "line 3: is neither JSON nor one of JSON lines"
    )
    assert str(refusal('{"value": 1}\n{"value": "x"}\n{"value": 2}')) == "line 2: the value is not a number"


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"\xef\xbb\xbf", "is empty"),
        (b"timestamp,value\n2026-01-01,\xff\n", "line 2: is not UTF-8 text; save it as UTF-8"),
        (b"\xff\xfe\x00\xd8", "begins like UTF-16 text and is not; save it as UTF-8"),
        (b"[1,\n2,\n", "line 3: is not JSON: Expecting value"),
        (b'{"series": [', "line 1: is not JSON: Expecting value"),
        (b'{"granularity": "daily"}', "has no list 'series', nor a list of points in its place"),
        (b'{"series": 5}', "has no list 'series', nor a list of points in its place"),
        (b'{"series": []}', "is an empty list"),
        (b"[]", "is an empty list"),
        (b"[" * 100_000, "is nested too deeply"),
        (b"[1, " + b"9" * 400 + b"]", "point 2: the value is too large"),
        (b"[1, 1e999]", "point 2: the value is too large"),
        (b'{"granularity": "daily", "series": [{"value": 1e999}]}', "a number is too large"),
        (b'{"granularity": "daily", "series": [{"value": ' + b"9" * 5000 + b"}]}", "a number is too large"),
        (b'{"granularity": "daily", "series": [{"value": Infinity}]}', "Infinity is not a number"),
        (b"[true]", "no column holds numbers; name the one to take with --value-column"),
        (b'[{"value": 1}, 2]', "point 2: not like the items above: all must be points, or pairs, or numbers"),
        (
            b'[{"value": 1.5, "timestamp": 5}]',
            f"point 1: column 'timestamp' holds numbers that are no times since 1970; {ADVICE}",
        ),
        (b'{"columns": ["a"], "data": 5}', "has 'columns' and 'data' that do not belong together"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(raw: bytes, message: str) -> None:
    assert str(refusal(raw)) == message


def test_an_integer_of_many_digits_is_a_float() -> None:
    assert only("[" + "9" * 30 + "]").request.values() == [1e30]


def test_half_of_a_surrogate_pair_is_no_timestamp() -> None:
    assert "no times that can be read" in refusal(r'[{"timestamp": "\ud800", "value": 1}]').reason
    with pytest.raises(ContractError):
        only(
            r'{"granularity": "none", "series": [{"timestamp": "\ud800", "value": 1}]}', sort=True
        ).request.with_fields({"period": 0}).body()
