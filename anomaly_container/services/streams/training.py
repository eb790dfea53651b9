"""Train a model on records: read, keep a bounded number of rows, fit, and set the threshold."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from anomaly_container import __version__
from anomaly_container.services.streams.encoders import Encoder
from anomaly_container.services.streams.event_columns import numeric
from anomaly_container.services.streams.event_reader import EventReader
from anomaly_container.services.streams.kept_rows import KeptRows
from anomaly_container.services.streams.model_file import Model
from anomaly_container.services.streams.model_header import Training
from anomaly_container.services.streams.models.forest import ForestParameters, fitted
from anomaly_container.services.streams.shingle import shingled
from anomaly_container.services.streams.threshold_choice import ThresholdChoice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray
    from anomaly_container.services.streams.events import Events, Record
    from anomaly_container.services.streams.models import Kept
    from anomaly_container.services.streams.settings import StreamsSettings

BATCH: Final = 2000
LEAST_FITTED: Final = 100
LEAST_CALIBRATED: Final = 30
DEVIATIONS: Final = 3.0


class TrainingError(ValueError):
    """A model cannot be trained; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A model and its training.

    Attributes
    ----------
    model
        The model.
    parked
        The number of records that were not events, by reason.
    seen
        The number of events that were read; more than the rows if only a sample was kept.
    formats
        The known format of each partition, for later readers.
    warnings
        Sentences for the user.
    """

    model: Model
    parked: Counter[str]
    seen: int
    formats: dict[str, dict[str, Any]]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Fit:
    """A fitted model, and the scores that the threshold begins with."""

    kept: Kept
    parameters: dict[str, Any]
    fitted: int
    held_out: int
    scores: FloatArray
    encoder: Encoder
    warnings: tuple[str, ...] = ()


def train(records: Iterable[Record], settings: StreamsSettings, *, created: float | None = None) -> Trained:
    """Train a model of the kind of the settings.

    Parameters
    ----------
    records
        The records, those of a partition in their order.
    settings
        The settings.
    created
        The time in seconds since 1970; that of the last event if None, so that the same records make the same
        bytes.

    Raises
    ------
    TrainingError
        If there are too few events.
    ValueError
        With one sentence, if the model cannot be fitted.
    """
    reader = EventReader(settings)
    rows = KeptRows(settings.train_max_rows, settings.seed, keeps_last=settings.shingle > 1)
    parked: Counter[str] = Counter()
    for batch in _batches(records):
        read = reader.read(batch)
        parked.update(one.reason for one in read.parked)
        rows.add(read.events)
    events, partitions = rows.chronological()
    fit = _FITS[settings.kind](events, partitions, settings)
    choice = ThresholdChoice.of(settings)
    threshold = choice.begin(fit.scores)
    mean, deviation = float(fit.scores.mean()), float(fit.scores.std(ddof=1))
    training = Training(
        rows=len(events),
        fitted=fit.fitted,
        held_out=fit.held_out,
        parked=dict(parked),
        begin=float(events.times[0]),
        end=float(events.times[-1]),
        mean=mean,
        deviation=deviation,
        level=threshold.level,
        flagged=float((fit.scores > threshold.level).mean()),
        threshold=choice,
        names={name: list(names) for name, names in reader.names.items()},
    )
    when = datetime.fromtimestamp(training.end if created is None else created, UTC)
    model = Model(
        settings.kind, fit.encoder, fit.kept, fit.parameters, training, fit.scores,
        when.isoformat(timespec="seconds").replace("+00:00", "Z"), __version__,
    )  # fmt: skip
    warnings = [*fit.warnings]
    if rows.seen > len(events):
        which = "the last" if settings.shingle > 1 else "a uniform sample of"
        warnings.append(f"Of {rows.seen:,} events {which} {len(events):,} were used (Streams:Train:MaxRows).")
    above = float((fit.scores > mean + DEVIATIONS * deviation).mean())
    if choice.rule == "tracking" and above > choice.rate:
        warnings.append(
            f"{above:.2%} of the held-out scores are above three sigma, which is more than "
            f"Streams:Threshold:Rate ({choice.rate:.2%}): tracking will not see anomalies of that rate."
        )
    return Trained(model, parked, rows.seen, reader.formats, tuple(warnings))


def _fit_rows(events: Events, partitions: IntArray, settings: StreamsSettings) -> _Fit:
    held_out = _held_out(len(events), settings, "events")
    first = len(events) - held_out
    encoder = Encoder.fit(events[:first], settings.features, scale=settings.scale, zone=settings.zone)
    rows = encoder.scaled(encoder.rows(events)[0])
    vectors, is_held_out = _vectors(rows, partitions, settings.shingle, first)
    before, after = vectors[~is_held_out], vectors[is_held_out]
    _check_enough(len(before), len(after) if held_out else None, "vectors")
    warnings: tuple[str, ...] = ()
    if settings.kind == "svm":
        from anomaly_container.services.streams.models.svm import OneClassSvm  # noqa: PLC0415  # only this kind

        gamma = settings.svm_gamma
        svm = OneClassSvm.fit(
            before,
            nu=settings.svm_nu,
            gamma="scale" if gamma == "scale" else float(gamma),
            seed=settings.seed,
        )
        if svm.fitted_rows < len(before):
            warnings = (f"The svm was fitted on a uniform sample of {svm.fitted_rows:,} rows.",)
        scores = svm.scores(after if held_out else before)
        parameters: dict[str, Any] = {"shingle": settings.shingle}
        return _Fit(svm, parameters, svm.fitted_rows, len(after), scores, encoder, warnings)
    forest = fitted(before, settings)
    scores = forest.scores(after if held_out else before)
    numbers = ForestParameters(settings.trees, settings.sample, settings.seed, settings.shingle)
    return _Fit(forest, msgspec.to_builtins(numbers), len(before), len(after), scores, encoder)


def _fit_slots(events: Events, _: IntArray, settings: StreamsSettings) -> _Fit:
    from anomaly_container.services.streams.models.sarima import Sarima  # noqa: PLC0415  # only this kind
    from anomaly_container.services.streams.models.slots import COUNT, SECONDS, slot_values  # noqa: PLC0415  # as above

    metric, seconds = settings.sarima_metric, SECONDS[settings.sarima_every]
    values = events.times if metric == COUNT else numeric(events, metric.rpartition(":")[0])
    begin, slots = slot_values(events.times, values, metric, seconds)
    slots = slots[:-1]  # the last one is not over yet
    held_out = _held_out(len(slots), settings, f"slots of a {settings.sarima_every}")
    first = len(slots) - held_out
    encoder = Encoder.fit(events, settings.features, scale=settings.scale, zone=settings.zone)
    model = Sarima.fit(slots[:first], order=settings.order, season=settings.season)
    state = model.filter()
    found = [state.step(value).score for value in slots.tolist()]
    scores = [score for score in (found[first:] if held_out else found) if score is not None]
    _check_enough(first, len(scores) if held_out else None, "slots with a value")
    parameters = {
        "metric": metric,
        "every": seconds,
        "order": list(settings.order),
        "season": list(settings.season),
        "lastSlot": begin + (len(slots) - 1) * seconds,
    }
    warnings = () if model.converged else ("The estimation of the parameters of SARIMA did not converge.",)
    return _Fit(model.at(state.state), parameters, first, held_out, np.array(scores), encoder, warnings)


_FITS: Final = {"forest": _fit_rows, "svm": _fit_rows, "sarima": _fit_slots}


def _held_out(count: int, settings: StreamsSettings, what: str) -> int:
    """Return the number of the last rows that set the threshold; 0 if those of the fit do."""
    held_out = int(count * settings.hold_out) if settings.threshold_basis == "held-out" else 0
    is_held_out = settings.threshold_basis == "held-out"
    _check_enough(count - held_out, held_out if is_held_out else None, what)
    return held_out


def _check_enough(fitted_rows: int, calibrated: int | None, what: str) -> None:
    if fitted_rows < LEAST_FITTED:
        message = f"There are {fitted_rows} {what} to fit; at least {LEAST_FITTED} are needed."
        raise TrainingError(message)
    if calibrated is not None and calibrated < LEAST_CALIBRATED:
        message = (
            f"There are {calibrated} {what} to set the threshold; at least {LEAST_CALIBRATED} are needed, "
            "unless Streams:Threshold:Basis is training."
        )
        raise TrainingError(message)


def _vectors(rows: FloatArray, partitions: IntArray, size: int, first: int) -> tuple[FloatArray, Any]:
    """Return the vectors of a shingle in their order, and which of them end in the part that is held out."""
    if size == 1:
        return rows, np.arange(len(rows)) >= first
    vectors, ends = [], []
    for partition in np.unique(partitions).tolist():
        places = np.flatnonzero(partitions == partition)
        found, warming = shingled([], rows[places], size)
        vectors.append(found)
        ends.append(places[warming:])
    order = np.argsort(np.concatenate(ends), kind="stable")
    return np.concatenate(vectors)[order], np.concatenate(ends)[order] >= first


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    rest = iter(records)
    while batch := list(islice(rest, BATCH)):
        yield batch
