"""Settings of features, training, models and thresholds."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from anomaly_container.services.streams.feature_list import (
    DEFAULT_FEATURES,
    MAX_COLUMNS,
    Feature,
    parse_features,
)
from anomaly_container.services.streams.words import comma_separated
from anomaly_container.settings.section import Section
from anomaly_container.settings.validators import AbsolutePath, any_case

LARGEST_SEED: Final = 2**63 - 1
METRIC: Final = re.compile(r"count|[^:,\s]{1,128}:(mean|max|p95)")
RULES: Final = ("three-sigma", "running", "tracking")
DECAY_OF_SAMPLE: Final = 0.1
MOST_LAGS: Final = 24
MOST_SEASON: Final = 1440


def _features(value: str) -> str:
    parse_features(value)
    return value


def _fits(value: int, info: ValidationInfo) -> int:
    features = parse_features(info.data.get("feature_list", DEFAULT_FEATURES))
    if value * sum(len(feature.columns) for feature in features) <= MAX_COLUMNS:
        return value
    message = f"The columns of Streams:Features times the shingle must be {MAX_COLUMNS} or fewer"
    raise ValueError(message)


def _metric(value: str) -> str:
    if METRIC.fullmatch(value):
        return value
    message = "It must be count, or a numeric field with :mean, :max or :p95"
    raise ValueError(message)


def _numbers(value: str, count: int, most: tuple[int, ...]) -> tuple[int, ...]:
    parts = comma_separated(value)
    if len(parts) == count and all(part.isascii() and part.isdigit() and len(part) < 5 for part in parts):
        numbers = tuple(map(int, parts))
        if all(number <= bound for number, bound in zip(numbers, most, strict=True)):
            return numbers
    message = f"It must be {count} whole numbers of at most {', '.join(map(str, most))}"
    raise ValueError(message)


def _order(value: str) -> str:
    p, d, q = _numbers(value, 3, (MOST_LAGS, 2, MOST_LAGS))
    return f"{p},{d},{q}"


def _season(value: str) -> str:
    p, d, q, length = _numbers(value, 4, (4, 1, 4, MOST_SEASON))
    if (length == 0 and (p or d or q)) or length == 1:
        message = "The last number, the length of the season, must be 2 or more, or all four must be 0"
        raise ValueError(message)
    return f"{p},{d},{q},{length}"


def _gamma(value: str) -> str:
    if value.casefold() == "scale":
        return "scale"
    return _positive(value, "It must be scale or a number above 0")


def _rule(value: str) -> str:
    return value.casefold() if value.casefold() in RULES else _positive(value, _RULE)


_RULE: Final = "It must be three-sigma, running, tracking or a number above 0"


def _positive(value: str, message: str) -> str:
    try:
        number = float(value)
    except ValueError:
        raise ValueError(message) from None
    if 0 < number < float("inf"):
        return value
    raise ValueError(message)


def _text(value: object) -> object:
    """Return a number of a settings file as its text."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


class ModelSettings(Section):
    """The features, the training, the models and the thresholds."""

    kind: Annotated[Literal["forest", "sarima", "svm"], BeforeValidator(any_case)] = Field(
        "forest", alias="Streams:Kind"
    )
    model: AbsolutePath | None = Field(None, alias="Streams:Model")
    model_reload: bool = Field(True, alias="Streams:Model:Reload")

    feature_list: Annotated[str, AfterValidator(_features)] = Field(
        DEFAULT_FEATURES, alias="Streams:Features"
    )
    scale: bool = Field(True, alias="Streams:Features:Scale")

    train_share: float = Field(0.8, alias="Streams:Train:Share", ge=0.1, le=0.95)
    hold_out: float = Field(0.2, alias="Streams:Train:HoldOut", ge=0, le=0.5)
    train_max_rows: int = Field(1_000_000, alias="Streams:Train:MaxRows", ge=1000, le=10_000_000)

    trees: int = Field(50, alias="Streams:Forest:Trees", ge=1, le=1000)
    sample: int = Field(512, alias="Streams:Forest:Sample", ge=2, le=4096)
    seed: int = Field(0, alias="Streams:Forest:Seed", ge=0, le=LARGEST_SEED)
    shingle: Annotated[int, AfterValidator(_fits)] = Field(
        1, alias="Streams:Forest:Shingle", ge=1, le=64, validate_default=True
    )
    learn: bool = Field(False, alias="Streams:Forest:Learn")
    decay: float | None = Field(None, alias="Streams:Forest:Decay", ge=0, le=1)
    max_megabytes: int = Field(512, alias="Streams:Forest:MaxMegabytes", ge=16, le=65_536)

    sarima_metric: Annotated[str, AfterValidator(_metric)] = Field(
        "response_time:mean", alias="Streams:Sarima:Metric"
    )
    sarima_every: Annotated[Literal["minute", "hour"], BeforeValidator(any_case)] = Field(
        "minute", alias="Streams:Sarima:Every"
    )
    sarima_order: Annotated[str, AfterValidator(_order)] = Field("1,0,1", alias="Streams:Sarima:Order")
    sarima_season: Annotated[str, AfterValidator(_season)] = Field("0,0,0,0", alias="Streams:Sarima:Season")
    svm_nu: float = Field(0.05, alias="Streams:Svm:Nu", ge=0.001, le=0.5)
    svm_gamma: Annotated[str, BeforeValidator(_text), AfterValidator(_gamma)] = Field(
        "scale", alias="Streams:Svm:Gamma"
    )

    threshold_rule: Annotated[str, BeforeValidator(_text), AfterValidator(_rule)] = Field(
        "three-sigma", alias="Streams:Threshold:Rule"
    )
    threshold_window: int = Field(2000, alias="Streams:Threshold:Window", ge=30, le=100_000)
    threshold_rate: float = Field(0.01, alias="Streams:Threshold:Rate", ge=1e-5, le=0.2)
    threshold_gain: float = Field(0.05, alias="Streams:Threshold:Gain", ge=0.001, le=1)
    threshold_basis: Annotated[Literal["held-out", "training", "scored"], BeforeValidator(any_case)] = Field(
        "held-out", alias="Streams:Threshold:Basis"
    )

    @property
    def features(self) -> tuple[Feature, ...]:
        """The features in their order."""
        return parse_features(self.feature_list)

    @property
    def forest_decay(self) -> float:
        """The decay of learning for each point."""
        return DECAY_OF_SAMPLE / self.sample if self.decay is None else self.decay

    @property
    def order(self) -> tuple[int, int, int]:
        """The order p, d, q of SARIMA."""
        p, d, q = _numbers(self.sarima_order, 3, (MOST_LAGS, 2, MOST_LAGS))
        return p, d, q

    @property
    def season(self) -> tuple[int, int, int, int]:
        """The season P, D, Q, s of SARIMA; four zeros for none."""
        p, d, q, length = _numbers(self.sarima_season, 4, (4, 1, 4, MOST_SEASON))
        return p, d, q, length
