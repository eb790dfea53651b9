"""The records of a source that ends: a file, standard input, the sample, or a topic to its present end."""

from __future__ import annotations

import zlib
from argparse import ArgumentTypeError
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anomaly_container.services.streams import sample
from anomaly_container.services.streams.events import Record
from anomaly_container.services.streams.settings import KAFKA, KAFKA_SOURCE, SAMPLE, STANDARD_INPUT
from anomaly_container.services.streams.sources.file import FileReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from anomaly_container.services.streams.settings import StreamsSettings

AT_ONCE: Final = 2000


class SourceError(Exception):
    """A source cannot be read; the message is one line."""


def source(text: str) -> str:
    """Return the source of an argument.

    Raises
    ------
    ArgumentTypeError
        If it is not a source.
    """
    if text.startswith(KAFKA) and not KAFKA_SOURCE.fullmatch(text):
        message = "it must be a path, -, sample or kafka://host:port[,host:port]/topic[,topic]"
        raise ArgumentTypeError(message)
    return text


def records_of(settings: StreamsSettings) -> Iterator[Record]:
    """Yield the records of the source of the settings.

    Raises
    ------
    SourceError
        If it cannot be read.
    """
    name = settings.source or ""
    if name == SAMPLE:
        yield from _sample()
    elif settings.topics:
        from anomaly_container.cli.streams.topic_records import TopicError, topic_records  # noqa: PLC0415  # only Kafka

        try:
            yield from topic_records(settings)
        except TopicError as error:
            raise SourceError(str(error)) from None
    else:
        yield from _file(name)


def batched(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Yield the records in batches."""
    rest = iter(records)
    while batch := list(islice(rest, AT_ONCE)):
        yield batch


def parted(settings: StreamsSettings) -> tuple[Iterator[Record], Iterator[Record]]:
    """Return the first part of the records, for the training, and the others, which are read after it.

    A file is read twice, the first time to count. A source that can be read only once is held in memory.

    Parameters
    ----------
    settings
        The settings, with the source and the share of the first part.

    Raises
    ------
    SourceError
        If the source cannot be read, or has more records than may be held.
    """
    records = records_of(settings)
    if settings.source == STANDARD_INPUT or settings.topics:
        held = list(islice(records, settings.train_max_rows + 1))
        if len(held) > settings.train_max_rows:
            most = f"{settings.train_max_rows:,} records (Streams:Train:MaxRows)"
            message = f"More than {most} cannot be divided: train a model first, and name it by Model=FILE."
            raise SourceError(message)
        number, records = len(held), iter(held)
    elif settings.source == SAMPLE:
        number = sample.EVENTS
    else:
        number = sum(1 for _ in records_of(settings))
    return islice(records, int(number * settings.train_share)), records


def _sample() -> Iterator[Record]:
    offset = 0
    for number, line in enumerate(sample.lines(), 1):
        after = offset + len(line) + 1
        yield Record(f"{SAMPLE}-{number}", SAMPLE, offset, after, line)
        offset = after


def _file(name: str) -> Iterator[Record]:
    reader = FileReader(name if name == STANDARD_INPUT else str(Path(name)))
    try:
        reader.begin()
        yield from chain.from_iterable(iter(lambda: reader.batch(AT_ONCE), []))
    except (OSError, EOFError, zlib.error) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "it is not a whole file of gzip"
        message = f"{name}: {reason}"
        raise SourceError(message) from None
    finally:
        reader.close()
