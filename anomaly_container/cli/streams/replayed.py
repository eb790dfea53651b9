"""The outcome of a replay, with the model of the settings or one that is trained on the first part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.cli.streams.reading import batched, parted, records_of
from anomaly_container.services.streams.model_file import Model
from anomaly_container.services.streams.replay import replay
from anomaly_container.services.streams.results import Result
from anomaly_container.services.streams.training import train

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from anomaly_container.services.streams.events import Parked, Record
    from anomaly_container.services.streams.monitor import Outcome
    from anomaly_container.services.streams.settings import StreamsSettings
    from anomaly_container.services.streams.training import Trained


@dataclass(frozen=True, slots=True)
class Replayed:
    """A replay that has begun.

    Attributes
    ----------
    trained
        The training of the model; None if it was read from a file, and in mode keys.
    told
        The outcome of the records.
    """

    trained: Trained | None
    told: Iterator[Result | Parked | Outcome]


def replayed(settings: StreamsSettings) -> Replayed:
    """Begin the replay of the source of the settings.

    Parameters
    ----------
    settings
        The settings.

    Raises
    ------
    SourceError
        If the source cannot be read.
    ModelFileError
        If the file is not a model file.
    ModelUnavailableError
        If the kind of model cannot be trained here.
    ValueError
        If there are too few events to train on.
    """
    formats: Mapping[str, dict[str, Any]] = {}
    if settings.mode == "keys":
        return Replayed(None, replay(settings, None, batched(records_of(_with_keys(settings)))))
    if settings.model is not None:
        trained = None
        model = Model.load(settings.model, max_megabytes=settings.max_megabytes)
        records = records_of(settings)
    else:
        first, records = parted(settings)
        trained = train(first, settings)
        model, formats = trained.model, trained.formats
    if settings.threshold_basis == "scored":
        model, records = _calibrated(settings, model, records, formats)
    return Replayed(trained, replay(settings, model, batched(records), formats))


def _with_keys(settings: StreamsSettings) -> StreamsSettings:
    if not settings.key_fields:
        message = "Streams:Keys:Field must name the fields of a key."
        raise ValueError(message)
    return settings


def _calibrated(
    settings: StreamsSettings,
    model: Model,
    records: Iterable[Record],
    formats: Mapping[str, dict[str, Any]],
) -> tuple[Model, Iterator[Record]]:
    """Return the model with a threshold of the scores of the records themselves, and the records again."""
    held = list(records)
    told = replay(settings, model, batched(held), formats)
    scores = np.array([one.score for one in told if isinstance(one, Result)])
    return model.calibrated(scores), iter(held)
