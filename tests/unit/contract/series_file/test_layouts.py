"""Every layout of a file, and what is said of one that has none."""

from __future__ import annotations

import gzip
import io
import json
import sys
from typing import TYPE_CHECKING

import pytest

from anomaly_container.command.csv_points import Columns
from anomaly_container.command.reading import read_question
from anomaly_container.command.source import FileError, read_bytes
from anomaly_container.contract.errors import ContractError
from tests.bodies import body, pascal_body, points

if TYPE_CHECKING:
    from pathlib import Path

    from anomaly_container.contract.question import Question

VALUES = [point["value"] for point in points(24)]
STAMPS = [point["timestamp"] for point in points(24)]


def read(raw: bytes | str) -> Question:
    return read_question(raw.encode() if isinstance(raw, str) else raw, Columns())


def as_lines() -> str:
    return "\n\n".join(json.dumps(point) for point in points(24)) + "\n"


@pytest.mark.parametrize(
    "raw",
    [
        body(),
        pascal_body(),
        body(granularity=...),
        json.dumps(points(24)),
        json.dumps(points(24), indent=1),
        as_lines(),
        b"\xef\xbb\xbf" + json.dumps(points(24)).encode(),
        b"\xef\xbb\xbftimestamp,value\n"
        + b"".join(f"{s},{v}\n".encode() for s, v in zip(STAMPS, VALUES, strict=True)),
    ],
    ids=["request", "PascalCase", "series alone", "list", "long list", "lines", "BOM", "BOM of a CSV"],
)
def test_every_layout_gives_the_same_points(raw: bytes | str) -> None:
    question = read(raw)
    assert question.stamps() == STAMPS
    assert question.values() == VALUES


def test_a_request_is_sent_as_it_was_written() -> None:
    written = body(sensitivity=80) + b"\n"
    question = read(written)
    assert question.is_request
    assert question.body() == written
    assert json.loads(question.choosing({"sensitivity": 70}).body())["sensitivity"] == 70


def test_fields_are_spelled_as_the_request_spells_them() -> None:
    assert (
        json.loads(read(pascal_body()).choosing({"max_anomaly_ratio": 0.1}).body())["MaxAnomalyRatio"] == 0.1
    )


def test_a_list_of_numbers_has_no_timestamps() -> None:
    question = read("[1, 2.5, 3]")
    assert question.stamps() is None
    assert question.values() == [1.0, 2.5, 3.0]


def test_errors_of_json_lines_name_the_line() -> None:
    assert read(as_lines()).lines == list(range(1, 48, 2))
    with pytest.raises(FileError, match=r"^line 3: is neither JSON nor one of JSON lines$"):
        read('{"value": 1}\n{"value": 2}\n{"value": \n')


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"timestamp,value\n2026-01-01,\xff\n", "line 2: is not UTF-8 text; convert it first"),
        (b"[1,\n2,\n", "line 3: is not JSON: Expecting value"),
        (b'{"series": [', "line 1: is not JSON: Expecting value"),
        (b'{"granularity": "daily"}', "has no list 'series'"),
        (b'{"series": 5}', "has no list 'series'"),
        (b"[" * 100_000, "is nested too deeply"),
        (b'[{"value": NaN}]', "NaN is no value; leave the point out, and the gap is filled"),
        (b"[" + b"9" * 400 + b"]", "a number is too large"),
        (b"[" + b"9" * 5000 + b"]", "a number is too large"),
        (b"[1e999]", "a number is too large"),
        (b'{"value": 1}\n{"value": ' + b"9" * 5000 + b"}", "a number is too large"),
        (b"[true]", "item 0: a point is an object with a number 'value' and a text 'timestamp'"),
        (b'[{"value": null}]', "item 0: a point is an object with a number 'value' and a text 'timestamp'"),
        (b'[{"value": 1, "timestamp": 5}]', "item 0: 'timestamp' is no text"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(raw: bytes, message: str) -> None:
    with pytest.raises(FileError) as refusal:
        read(raw)
    assert str(refusal.value) == message


def test_an_integer_of_many_digits_is_a_float() -> None:
    assert read("[" + "9" * 30 + "]").values() == [1e30]


def test_half_of_a_surrogate_pair_cannot_be_sent() -> None:
    question = read(r'[{"timestamp": "\ud800", "value": 1}]')
    with pytest.raises(ContractError):
        question.body()


def test_gzip_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_bytes(gzip.compress(b"value\n1\n"))
    assert read_bytes(str(path)) == b"value\n1\n"


@pytest.mark.parametrize(
    "raw",
    [b"\x1f\x8b", gzip.compress(b"value\n1\n", mtime=0)[:-9], b"\x1f\x8b" + b"x" * 40],
    ids=["two bytes", "cut off", "other bytes"],
)
def test_a_damaged_gzip_is_an_error(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "points.csv.gz"
    path.write_bytes(raw)
    with pytest.raises(FileError, match="begins like a gzip file but cannot be unpacked"):
        read_bytes(str(path))


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(b"value\n1\n"))))
    assert read_bytes("-") == b"value\n1\n"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="Is a directory"):
        read_bytes(str(tmp_path))
