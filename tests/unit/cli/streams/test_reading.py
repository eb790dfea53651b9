"""The records of a source that ends.

The smallest example: of ten lines the first eight train and the last two are scored.
"""

from __future__ import annotations

import io
import sys
from argparse import ArgumentTypeError
from typing import TYPE_CHECKING

import pytest

from anomaly_container.cli.streams.reading import SourceError, batched, parted, records_of, source
from anomaly_container.services.streams import sample
from tests.support.stream_samples import stream_settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def ten(tmp_path: Path) -> Path:
    path = tmp_path / "ten.log"
    path.write_bytes(b"".join(b"line %d\n" % number for number in range(10)))
    return path


def test_the_smallest_example(ten: Path) -> None:
    first, rest = parted(stream_settings(Source=str(ten)))
    assert [record.value for record in first][-1] == b"line 7"
    assert [record.id for record in rest] == ["ten.log-9", "ten.log-10"]


def test_the_share_is_a_setting(ten: Path) -> None:
    first, rest = parted(stream_settings(Source=str(ten), Train_Share="0.5"))
    assert (len(list(first)), len(list(rest))) == (5, 5)


def standard_input(monkeypatch: pytest.MonkeyPatch, lines: int) -> None:
    content = io.BytesIO(b"".join(b"line %d\n" % number for number in range(lines)))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(content))


def test_what_is_read_once_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    standard_input(monkeypatch, 10)
    first, rest = parted(stream_settings(Source="-"))
    assert (len(list(first)), [record.id for record in rest]) == (8, ["stdin-9", "stdin-10"])


def test_what_is_too_long_to_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = stream_settings(Source="-", Train_MaxRows="1000")
    standard_input(monkeypatch, 1000)
    first, rest = parted(settings)
    assert (len(list(first)), len(list(rest))) == (800, 200)
    standard_input(monkeypatch, 1001)
    with pytest.raises(SourceError, match=r"^More than 1,000 records .* Model=FILE\.$"):
        parted(settings)


def test_the_sample_is_a_source() -> None:
    records = list(records_of(stream_settings(Source="sample")))
    assert [record.value for record in records] == list(sample.lines())
    assert records[-1].id == "sample-20000"
    assert records[1].offset == records[0].next_offset == len(records[0].value or b"") + 1


def test_batches_hold_all_records_in_their_order(ten: Path) -> None:
    path = ten.with_name("long")
    path.write_bytes(ten.read_bytes() * 450)
    batches = list(batched(records_of(stream_settings(Source=str(path)))))
    assert [len(batch) for batch in batches] == [2000, 2000, 500]
    ids = [record.id for batch in batches for record in batch]
    assert ids == [f"long-{number}" for number in range(1, 4501)]


@pytest.mark.parametrize("text", ["kafka://", "kafka://host/topic", "kafka://host:1", "kafka://host:1/a b"])
def test_a_wrong_address_of_kafka_is_refused(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="kafka://host:port"):
        source(text)


@pytest.mark.parametrize("text", ["-", "sample", "a.log", "kafka://a:1,[::1]:2/x,y"])
def test_a_source_is_taken_as_it_is(text: str) -> None:
    assert source(text) == text
