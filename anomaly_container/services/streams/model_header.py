"""The header of a model file."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from anomaly_container.services.streams.threshold_choice import (
    ThresholdChoice,  # noqa: TC001  # msgspec reads the annotations
)


class Training(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """The training of a model.

    Attributes
    ----------
    rows, fitted, held_out
        The numbers of all rows, of those that the model was fitted on, and of those held out.
    parked
        The number of records that were not events, by reason.
    begin, end
        The times of the first and the last event, in seconds since 1970.
    mean, deviation
        Those of the scores that the threshold begins with.
    level, flagged
        The threshold it begins with, and the share of those scores above it.
    threshold
        The rule.
    names
        The names under which each well-known field was looked for.
    """

    rows: int
    fitted: int
    held_out: int
    parked: dict[str, int]
    begin: float
    end: float
    mean: float
    deviation: float
    level: float
    flagged: float
    threshold: ThresholdChoice
    names: dict[str, list[str]]


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The header of a model file, but for its table of arrays.

    Attributes
    ----------
    product, created, kind
        Those of the model.
    encoder, parameters
        As objects of JSON.
    training
        The training.
    """

    product: str
    created: str
    kind: Literal["forest", "sarima", "svm"]
    encoder: dict[str, Any]
    parameters: dict[str, Any]
    training: Training
