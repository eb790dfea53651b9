"""Compare the kinds of models: each is trained on the first part of a source and scores the rest."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anomaly_container.cli.streams.findings import Findings
from anomaly_container.cli.streams.labels import Labels, labelled
from anomaly_container.cli.streams.picture import stacked
from anomaly_container.cli.streams.reading import SourceError, batched, parted, source
from anomaly_container.cli.streams.texts import columns
from anomaly_container.cli.streams.whole_file import whole_file
from anomaly_container.services.streams.chart import svg
from anomaly_container.services.streams.models import KINDS
from anomaly_container.services.streams.models.unavailable import ModelUnavailableError
from anomaly_container.services.streams.replay import replay
from anomaly_container.services.streams.results import Result
from anomaly_container.services.streams.training import train

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from anomaly_container.services.streams.events import Record
    from anomaly_container.services.streams.settings import StreamsSettings

FAILED: Final = 1
FOUND: Final = 2
ABSENT: Final = "-"
HEAD: Final = ("kind", "results", "flagged", "events", "precision", "recall", "train s", "us an event")


@dataclass(frozen=True, slots=True)
class Compared:
    """The result of a kind of model.

    Attributes
    ----------
    kind
        The kind.
    findings
        The findings of its replay.
    flagged
        The ids of the events that it flagged; those of a slot if it judges slots.
    train_seconds, score_seconds
        The processor time of the training and of the replay.
    """

    kind: str
    findings: Findings
    flagged: frozenset[str]
    train_seconds: float
    score_seconds: float


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the verb to its parser."""
    add = parser.add_argument
    add(
        "source",
        type=source,
        metavar="SOURCE",
        help="a path, also with .gz; -; sample; or kafka://host:port/topic",
    )
    add("--output", type=Path, metavar="FILE.svg", help="a picture of response time, scores and marks")


def run(arguments: Namespace, settings: StreamsSettings) -> int:
    """Compare the kinds, and return the exit code."""
    chosen = settings.model_copy(update={"source": arguments.source})
    try:
        first, rest = (list(part) for part in parted(chosen))
        labels = labelled(rest, first, chosen)
        compared, missing = _compared(first, rest, chosen, labels)
        if arguments.output is not None:
            charts = [svg(one.findings.series(_title(one))) for one in compared]
            with whole_file(arguments.output) as file:
                file.write(stacked(charts).encode())
    except (SourceError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    except OSError as error:
        sys.stderr.write(f"{error.filename or 'standard output'}: {error.strerror}\n")
        return FAILED
    rows = [HEAD, *(_row(one, labels, len(rest)) for one in compared)]
    sys.stdout.writelines(f"{line}\n" for line in columns(rows))
    sys.stderr.writelines(f"{sentence}\n" for sentence in missing)
    return FOUND if any(one.flagged for one in compared) else 0


def _compared(
    first: Sequence[Record], rest: Sequence[Record], settings: StreamsSettings, labels: Labels
) -> tuple[list[Compared], list[str]]:
    """Return the result of each kind, and the reason for each kind that is missing."""
    compared: list[Compared] = []
    missing: list[str] = []
    for kind in KINDS:
        try:
            compared.append(_compare(kind, first, rest, settings, labels))
        except ModelUnavailableError as error:
            missing.append(str(error))
        except ValueError as error:
            missing.append(f"{kind}: {error}")
    if not compared:
        raise ValueError(missing[0])
    return compared, missing


def _compare(
    kind: str, first: Sequence[Record], rest: Sequence[Record], settings: StreamsSettings, labels: Labels
) -> Compared:
    chosen = settings.model_copy(update={"kind": kind})
    began = time.process_time()
    trained = train(first, chosen)
    after = time.process_time()
    findings, flagged = Findings(), set[str]()
    for one in replay(chosen, trained.model, batched(rest), trained.formats):
        findings.add(one)
        if isinstance(one, Result) and one.anomalous:
            seconds = trained.model.parameters.get("every")
            flagged.update([one.id] if seconds is None else labels.ids_of_slot(one.offset, seconds))
    return Compared(kind, findings, frozenset(flagged), after - began, time.process_time() - after)


def _title(one: Compared) -> str:
    return f"{one.kind}: {one.findings.counted['anomalies']:,} of {one.findings.counted['results']:,} flagged"


def _row(one: Compared, labels: Labels, events: int) -> tuple[str, ...]:
    counted = one.findings.counted
    hits = len(one.flagged & labels.anomalous)
    precision = f"{hits / len(one.flagged):.3f}" if labels.are_known and one.flagged else ABSENT
    recall = f"{hits / len(labels.anomalous):.3f}" if labels.anomalous else ABSENT
    return (
        one.kind,
        f"{counted['results']:,}",
        f"{counted['anomalies']:,}",
        f"{len(one.flagged):,}",
        precision,
        recall,
        f"{one.train_seconds:.2f}",
        f"{1e6 * one.score_seconds / max(events, 1):.1f}",
    )
