"""The values of a batch as reasons show them."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from anomaly_container.services.streams.feature_list import LOG_LEVEL, METHOD, PATH, RESPONSE_TIME
from anomaly_container.services.streams.features import LEVEL_NAMES
from anomaly_container.services.streams.results import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.detection.numeric.arrays import FloatArray
    from anomaly_container.services.streams.encoders import Encoder
    from anomaly_container.services.streams.events import Events


def shown_columns(encoder: Encoder, events: Events, raw: FloatArray) -> tuple[Column, ...]:
    """Return the columns of the vectors of a batch with the values that a reader knows.

    Parameters
    ----------
    encoder
        The encoder that made the columns.
    events
        The events.
    raw
        Their columns before scaling, for the features of time.
    """
    places = [
        (feature.field, feature.encoding, name) for feature in encoder.features for name in feature.columns
    ]
    return tuple(
        Column(
            name,
            raw[:, place].tolist() if encoding == "time" else _values(field, events),
            _level(encoder.usual[place]) if field == LOG_LEVEL else encoder.usual[place],
        )
        for place, (field, encoding, name) in enumerate(places)
    )


def _values(field: str, events: Events) -> Sequence[object]:
    if field == RESPONSE_TIME:
        return _numbers(events.response_times)
    if field == LOG_LEVEL:
        return [_level(code) for code in events.log_levels.tolist()]
    if field == METHOD:
        return events.methods
    if field == PATH:
        return events.paths
    return _numbers(events.numbers[field]) if field in events.numbers else events.texts[field]


def _numbers(column: FloatArray) -> Sequence[object]:
    return [None if isnan(value) else value for value in column.tolist()]


def _level(code: object) -> object:
    """Return the name of a level; other values stay as they are."""
    if isinstance(code, float) and code.is_integer():
        return LEVEL_NAMES[int(code)]
    return None if isinstance(code, float) and isnan(code) else code
