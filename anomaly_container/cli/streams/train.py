"""Fit a model on a file, standard input, the sample, or a topic to its present end; nothing is metered."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

from anomaly_container.cli.streams.reading import SourceError, parted, records_of, source
from anomaly_container.services.streams.models.sarima import Sarima
from anomaly_container.services.streams.models.unavailable import ModelUnavailableError
from anomaly_container.services.streams.settings import SAMPLE
from anomaly_container.services.streams.training import Trained, train

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from anomaly_container.services.streams.settings import StreamsSettings

FAILED: Final = 1


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the verb to its parser."""
    parser.add_argument(
        "source",
        type=source,
        metavar="SOURCE",
        help="a path, also with .gz; -; sample; or kafka://host:port/topic",
    )


def run(arguments: Namespace, settings: StreamsSettings) -> int:
    """Train the model, write its file, and return the exit code."""
    if settings.model is None:
        sys.stderr.write("Name the file of the model: Model=FILE.\n")
        return FAILED
    began = time.monotonic()
    chosen = settings.model_copy(update={"source": arguments.source})
    try:
        # The episodes of the sample are in its last part: they would set the threshold.
        records = parted(chosen)[0] if chosen.source == SAMPLE else records_of(chosen)
        trained = train(records, chosen, created=time.time())
        trained.model.save(settings.model)
    except (SourceError, ModelUnavailableError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    except OSError as error:
        sys.stderr.write(f"{error.filename or settings.model}: {error.strerror}\n")
        return FAILED
    sys.stdout.writelines(f"{line}\n" for line in summary(trained, time.monotonic() - began))
    sys.stdout.write(f"written    {settings.model}\n")
    return 0


def summary(trained: Trained, seconds: float) -> list[str]:
    """Return the lines that describe the trained model.

    Parameters
    ----------
    trained
        The model.
    seconds
        The time that it took.
    """
    model, training = trained.model, trained.model.training
    parked = ", ".join(f"{reason} {number:,}" for reason, number in sorted(trained.parked.items()))
    unit = "slots" if model.kind == "sarima" else "rows"
    lines = [
        f"model      {model.kind} {model.id}",
        f"events     {trained.seen:,}",
        f"{unit:10} {training.fitted:,} fitted, {training.held_out:,} held out for the threshold",
        f"parked     {parked or 'none'}",
    ]
    if isinstance(model.kept, Sarima):
        lines += [
            f"metric     {model.parameters['metric']} every {model.parameters['every']} s",
            f"memory     {model.kept.state_bytes:,} bytes a stream, for {model.kept.states} states",
        ]
    else:
        lines.append(f"features   {', '.join(model.columns)}")
    lines += [
        f"threshold  {training.level:.6g} ({training.threshold.rule})",
        f"above      {training.flagged:.2%} of the scores that set it",
        f"seconds    {seconds:.2f}",
    ]
    return [*lines, *(f"note       {sentence}" for sentence in trained.warnings)]
