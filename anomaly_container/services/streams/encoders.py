"""Numbers of events: fitted on the training events, and the same for every event after them.

Pure: the numbers depend only on the events.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from anomaly_container.services.streams.event_columns import is_level, numeric, well_known
from anomaly_container.services.streams.feature_list import Feature, parse_features
from anomaly_container.services.streams.time_features import time_column
from anomaly_container.services.streams.zones import Zone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray
    from anomaly_container.services.streams.events import Events

MOST_FREQUENT: Final = 10_000
"""The number of texts of a field whose share is kept."""
LARGEST: Final = 1e6
"""The largest distance of a scaled number from 0."""


class EncoderDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An encoder as an object of JSON.

    Attributes
    ----------
    features
        The features as the list of the settings has them.
    zone
        The zone of the features of time.
    scale
        True if the columns are scaled.
    medians
        By field, and by column of time; None if no event had a number.
    frequencies
        By field: the share of the events that had a text.
    missing
        By field: the share of the events without a value.
    means, deviations
        By column.
    """

    features: list[str]
    zone: str
    scale: bool
    medians: dict[str, float | None]
    frequencies: dict[str, dict[str, float]]
    missing: dict[str, float]
    means: list[float]
    deviations: list[float]


class Encoder:
    """Converts events to numbers.

    Parameters
    ----------
    document
        The values learned from the training events.

    Attributes
    ----------
    features
        The features in their order.
    zone
        The zone of the features of time.
    columns
        The names of the columns.
    usual
        By column: the median, or the most frequent text; None if nothing is known.
    means, deviations : ndarray of float64, shape (d,)
        0 and 1 if the columns are not scaled.
    """

    def __init__(self, document: EncoderDocument) -> None:
        self._document = document
        self.zone = Zone(document.zone)
        self.features = parse_features(",".join(document.features))
        self.columns = tuple(column for feature in self.features for column in feature.columns)
        self.means = np.array(document.means, dtype=np.float64)
        self.deviations = np.array(document.deviations, dtype=np.float64)
        self.usual = tuple(
            self._usual(feature, column) for feature in self.features for column in feature.columns
        )

    @classmethod
    def fit(
        cls, events: Events, features: Sequence[Feature], *, scale: bool = True, zone: str = "UTC"
    ) -> Encoder:
        """Learn medians, shares of texts, means and deviations.

        Parameters
        ----------
        events
            At least one event.
        features
            The features.
        scale
            True if the columns are scaled.
        zone
            The zone of the features of time.

        Returns
        -------
        Encoder
        """
        medians: dict[str, float | None] = {}
        frequencies: dict[str, dict[str, float]] = {}
        missing: dict[str, float] = {}
        local = Zone(zone).local(events.times)
        for feature in features:
            if feature.encoding == "time":
                medians |= {
                    column: float(np.median(time_column(column, local))) for column in feature.columns
                }
            elif feature.encoding == "frequency":
                texts = _texts(events, feature.field)
                frequencies[feature.field] = _shares(texts)
                missing[feature.field] = texts.count("") / len(texts)
            else:
                column = _numbers(events, feature)
                known = column[~np.isnan(column)]
                medians[feature.field] = float(np.median(known)) if len(known) else None
                missing[feature.field] = 1 - len(known) / len(column)
        width = sum(len(feature.columns) for feature in features)
        document = EncoderDocument(
            [feature.written for feature in features],
            zone, scale, medians, frequencies, missing, [0.0] * width, [1.0] * width,
        )  # fmt: skip
        encoder = cls(document)
        if not scale:
            return encoder
        rows, _, _ = encoder.rows(events)
        means, deviations = _means_and_deviations(rows)
        return cls(msgspec.structs.replace(document, means=means, deviations=deviations))

    def rows(self, events: Events) -> tuple[FloatArray, BoolArray, BoolArray]:
        """Return the numbers of events before scaling.

        Parameters
        ----------
        events
            The events.

        Returns
        -------
        raw : ndarray of float64, shape (n, d)
        filled : ndarray of bool, shape (n, d)
            True if the number was missing and is the median.
        unseen : ndarray of bool, shape (n, d)
            True if the text did not occur in the training.
        """
        shape = len(events), len(self.columns)
        raw, filled, unseen = np.empty(shape), np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
        local = self.zone.local(events.times)
        place = 0
        for feature in self.features:
            if feature.encoding == "time":
                for column in feature.columns:
                    raw[:, place] = time_column(column, local)
                    place += 1
                continue
            if feature.encoding == "frequency":
                known = self._document.frequencies[feature.field]
                raw[:, place] = [known.get(text, -1.0) for text in _texts(events, feature.field)]
                unseen[:, place] = raw[:, place] < 0
                np.maximum(raw[:, place], 0.0, out=raw[:, place])
            else:
                column_of = _numbers(events, feature)
                filled[:, place] = np.isnan(column_of)
                median = self._document.medians[feature.field]
                column_of = np.where(filled[:, place], 0.0 if median is None else median, column_of)
                raw[:, place] = (
                    np.log1p(np.maximum(column_of, 0)) if feature.encoding == "log1p" else column_of
                )
            place += 1
        return raw, filled, unseen

    def scaled(self, raw: FloatArray) -> FloatArray:
        """Return (x - mean) / deviation of each column, clipped to `LARGEST`; the same if not scaled.

        Parameters
        ----------
        raw : ndarray of float64, shape (n, d) or (n, d * q)
            The columns, once or several times end to end.
        """
        if not self._document.scale:
            return raw
        times = raw.shape[1] // len(self.columns)
        found = (raw - np.tile(self.means, times)) / np.tile(self.deviations, times)
        return np.clip(found, -LARGEST, LARGEST, out=found)

    def lacking(self, events: Events) -> BoolArray:
        """Return which events lack which column, texts included; a column of time is never lacking."""
        found = np.zeros((len(events), len(self.columns)), dtype=bool)
        place = 0
        for feature in self.features:
            if feature.encoding == "frequency":
                found[:, place] = [not text for text in _texts(events, feature.field)]
            elif feature.encoding != "time":
                found[:, place] = np.isnan(_numbers(events, feature))
            place += len(feature.columns)
        return found

    @property
    def missing(self) -> tuple[float, ...]:
        """The share of training events without a value, by column."""
        return tuple(
            self._document.missing.get(feature.field, 0.0)
            for feature in self.features
            for _ in feature.columns
        )

    def document(self) -> dict[str, Any]:
        """Return the encoder as an object of JSON."""
        return msgspec.structs.asdict(self._document)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Encoder:
        """Return the encoder that `document` gave.

        Parameters
        ----------
        document
            An object of JSON.

        Raises
        ------
        ValueError
            If a part is missing, or the parts do not match; the message is one sentence.
        """
        found = msgspec.convert(document, EncoderDocument)
        features = parse_features(",".join(found.features))
        width = sum(len(feature.columns) for feature in features)
        numbers = np.array([*found.means, *found.deviations], dtype=np.float64)
        medians = [median for median in found.medians.values() if median is not None]
        shares = [share for shares in found.frequencies.values() for share in shares.values()]
        wanted = {feature.field for feature in features if feature.encoding == "frequency"}
        counted = {
            name
            for feature in features
            if feature.encoding != "frequency"
            for name in (feature.columns if feature.encoding == "time" else (feature.field,))
        }
        fits = (
            len(found.means) == len(found.deviations) == width
            and np.isfinite(numbers).all()
            and np.isfinite([*medians, *shares]).all()
            and all(deviation > 0 for deviation in found.deviations)
            and wanted == set(found.frequencies)
            and counted == set(found.medians)
        )
        if not fits:
            message = "the encoder does not fit its features"
            raise ValueError(message)
        try:
            return cls(found)
        except (KeyError, OSError):
            message = "the time zone of the encoder is unknown"
            raise ValueError(message) from None

    def _usual(self, feature: Feature, column: str) -> float | str | None:
        if feature.encoding == "frequency":
            shares = self._document.frequencies[feature.field]
            return min(shares, key=lambda text: (-shares[text], text), default=None)
        return self._document.medians[column if feature.encoding == "time" else feature.field]


def _texts(events: Events, field: str) -> list[str]:
    found = well_known(events, field)
    return found if isinstance(found, list) else [f"{number:g}" for number in found.tolist()]


def _numbers(events: Events, feature: Feature) -> FloatArray:
    if feature.order:
        codes = {word: float(code) for code, word in enumerate(feature.order)}
        texts = events.texts[feature.field]
        return np.array([codes.get(text.strip().casefold(), np.nan) for text in texts], dtype=np.float64)
    if is_level(feature):
        return events.log_levels
    return numeric(events, feature.field)


def _shares(texts: Sequence[str]) -> dict[str, float]:
    """Return the share of each text, the most frequent first; ties by text."""
    counted = sorted(Counter(texts).items(), key=lambda item: (-item[1], item[0]))
    return {text: count / len(texts) for text, count in counted[:MOST_FREQUENT]}


def _means_and_deviations(rows: FloatArray) -> tuple[list[float], list[float]]:
    """Return means and population deviations by column; a deviation of 0 counts as 1."""
    is_constant = rows.min(axis=0) == rows.max(axis=0)
    means = np.where(is_constant, rows[0], rows.mean(axis=0))
    deviations = rows.std(axis=0)
    # For equal numbers, mean and deviation may be inexact in the last bit.
    deviations[is_constant | (deviations == 0)] = 1.0
    return means.tolist(), deviations.tolist()
