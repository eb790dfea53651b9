"""A small model and records of it, for tests of streams."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from anomaly_container.services.streams import sample
from anomaly_container.services.streams.events import Record
from anomaly_container.services.streams.settings import SECTION, StreamsSettings
from anomaly_container.services.streams.training import train
from anomaly_container.settings.load import resolve, scheme_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.services.streams.model_file import Model

LICENCE = {"Eula": "accept", "Billing": "http://127.0.0.1:9", "ApiKey": "a" * 32}


def stream_settings(**words: str) -> StreamsSettings:
    """Return settings with a licence; `Threshold_Rule` stands for `Streams:Threshold:Rule`."""
    given = LICENCE | {f"Streams:{name.replace('_', ':')}": value for name, value in words.items()}
    arguments = [f"{name}={value}" for name, value in given.items()]
    return resolve(arguments, {}, {}, scheme_of(StreamsSettings, SECTION)).settings


def records_of(lines: Sequence[bytes], name: str = "web") -> list[Record]:
    """Return lines as the records of a file."""
    found, offset = [], 0
    for number, line in enumerate(lines, 1):
        found.append(Record(f"{name}-{number}", name, offset, offset + len(line) + 1, line))
        offset += len(line) + 1
    return found


@cache
def sample_lines() -> tuple[bytes, ...]:
    """Return the lines of the sample."""
    return tuple(sample.lines())


@cache
def sample_model(**words: str) -> Model:
    """Return a small model of the first part of the sample."""
    settings = stream_settings(Forest_Trees="10", Forest_Sample="64", **words)
    return train(records_of(sample_lines()[:3000]), settings, created=0.0).model
