"""The errors of the univariate operations: codes, exact messages, and the flat error body."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import orjson

from anomaly_container.detection.univariate import Granularity


class ErrorCode(StrEnum):
    """The codes of the univariate operations; the last three belong to undocumented fields."""

    INVALID_JSON_FORMAT = "InvalidJsonFormat"
    REQUIRED_SERIES = "RequiredSeries"
    REQUIRED_GRANULARITY = "RequiredGranularity"
    INVALID_GRANULARITY = "InvalidGranularity"
    INVALID_CUSTOM_INTERVAL = "InvalidCustomInterval"
    INVALID_PERIOD = "InvalidPeriod"
    INVALID_MODEL_ARGUMENT = "InvalidModelArgument"
    INVALID_IMPUTE_MODE = "InvalidImputeMode"
    INVALID_IMPUTE_FIXED_VALUE = "InvalidImputeFixedValue"
    BAD_ARGUMENT = "BadArgument"
    INVALID_SERIES = "InvalidSeries"
    INVALID_FILL_UP_MODE = "InvalidFillUpMode"
    INVALID_FIXED_VALUE = "InvalidFixedValue"
    INVALID_BOUNDARY_VERSION = "InvalidBoundaryVersion"


class ContractError(Exception):
    """A request breaks the contract.

    Parameters
    ----------
    code
        One of `ErrorCode`.
    message
        What is wrong; it quotes no value of the series.
    status
        The HTTP status of the answer.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(code, message, status)
        self.code = code
        self.message = message
        self.status = status


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of error in a request.

    Attributes
    ----------
    code
        The code of the error.
    template
        The message, with replacement fields for the parts that vary.
    """

    code: ErrorCode
    template: str

    def error(self, **parts: object) -> ContractError:
        """Return the error, with `parts` filled into its message."""
        return ContractError(self.code, self.template.format(**parts) if parts else self.template)


# The order of both lists is that of the Azure service; messages contain them as Python prints a list.
GRANULARITIES: Final = [str(granularity) for granularity in Granularity]
IMPUTE_MODES: Final = ["last", "no", "auto", "previous", "linear", "zero", "fixed", "notFill"]
BOUNDARY_VERSIONS: Final = ["V1", "V2", "V3"]

# The texts are those of the Azure service, with its errors of grammar and spelling: clients compare them.
UNREADABLE_BODY: Final = Fault(ErrorCode.INVALID_JSON_FORMAT, "Invalid Json Format, input data is Empty.")
# The text of the Azure service, and a sentence of ours.
WRONG_ENCODING: Final = Fault(
    ErrorCode.INVALID_JSON_FORMAT,
    f"{UNREADABLE_BODY.template} The body is in {{encoding}}; send UTF-8.",
)
REQUIRED_SERIES: Final = Fault(ErrorCode.REQUIRED_SERIES, "The 'series' field is required in request.")
REQUIRED_GRANULARITY: Final = Fault(
    ErrorCode.REQUIRED_GRANULARITY, "The 'granularity' field is required in request."
)
INVALID_GRANULARITY: Final = Fault(
    ErrorCode.INVALID_GRANULARITY,
    f"The 'granularity' field can only be one of the following: {GRANULARITIES}.",
)
INVALID_CUSTOM_INTERVAL: Final = Fault(
    ErrorCode.INVALID_CUSTOM_INTERVAL, "The 'customInterval' field must be an integer > 0."
)
INVALID_PERIOD: Final = Fault(ErrorCode.INVALID_PERIOD, "The 'period' field must be an integer >= 0.")
INVALID_ALPHA: Final = Fault(ErrorCode.INVALID_MODEL_ARGUMENT, "The 'alpha' field must > 0.")
INVALID_MAX_ANOMALY_RATIO: Final = Fault(
    ErrorCode.INVALID_MODEL_ARGUMENT,
    "The 'maxAnomalyRatio' field must be less than 50% of the series points (0 < maxAnomalyRatio < 0.5).",
)
INVALID_SENSITIVITY: Final = Fault(
    ErrorCode.INVALID_MODEL_ARGUMENT, "The 'sensitivity' field must be an integer between 0 and 99."
)
INVALID_THRESHOLD: Final = Fault(ErrorCode.INVALID_MODEL_ARGUMENT, "The 'threshold' field must be a float.")
INVALID_CHANGE_POINT_THRESHOLD: Final = Fault(
    ErrorCode.INVALID_MODEL_ARGUMENT, "The 'threshold' field must be an float between 0.01 and 0.99."
)
INVALID_STABLE_TREND_WINDOW: Final = Fault(
    ErrorCode.INVALID_MODEL_ARGUMENT,
    "The 'stableTrendWindow' field must be an integer >= 3 and < half of series' length.",
)
INVALID_IMPUTE_MODE: Final = Fault(
    ErrorCode.INVALID_IMPUTE_MODE,
    f"The 'imputeMode' field is required and should be one of the following: {IMPUTE_MODES}.",
)
INVALID_IMPUTE_FIXED_VALUE: Final = Fault(
    ErrorCode.INVALID_IMPUTE_FIXED_VALUE, "The 'imputeFixedValue' field must be a number."
)
INVALID_IMPUTE_VALUE: Final = Fault(
    ErrorCode.INVALID_IMPUTE_FIXED_VALUE, "The 'imputeValue' field must be a number."
)
INVALID_FILL_UP_MODE: Final = Fault(
    ErrorCode.INVALID_FILL_UP_MODE,
    f"The 'fillUpMode' field is required and should be one of the following: {IMPUTE_MODES}.",
)
INVALID_FIXED_VALUE: Final = Fault(ErrorCode.INVALID_FIXED_VALUE, "The 'fixedValue' field must be a number.")
INVALID_BOUNDARY_VERSION: Final = Fault(
    ErrorCode.INVALID_BOUNDARY_VERSION,
    f"The 'boundaryVersion' field can only be one of the following: {BOUNDARY_VERSIONS}.",
)
NULL_SERIES: Final = Fault(ErrorCode.BAD_ARGUMENT, "The 'series' field cannot be empty.")
SERIES_NOT_A_LIST: Final = Fault(ErrorCode.BAD_ARGUMENT, "The 'series' field must be array/list type.")
TOO_FEW_POINTS: Final = Fault(
    ErrorCode.INVALID_SERIES, "The 'series' field must have at least {min_points} points."
)
TOO_MANY_POINTS: Final = Fault(
    ErrorCode.INVALID_SERIES, "The 'series' field cannot have more than {max_points} points."
)
MALFORMED_POINT: Final = Fault(
    ErrorCode.BAD_ARGUMENT, "'timestamp' or 'value' is malformed in 'series' Field."
)
# The text of the Azure service, and a sentence of ours: the service would guess.
UNCLEAR_TIMESTAMP: Final = Fault(
    ErrorCode.BAD_ARGUMENT,
    f"{MALFORMED_POINT.template} A 'timestamp' {{trouble}}; send ISO 8601, or month/day/year with a year of"
    " four digits.",
)
VALUE_TOO_LARGE: Final = Fault(
    ErrorCode.INVALID_SERIES, "The magnitude of data in 'value' in 'series' filed is too large."
)
NAN_VALUE: Final = Fault(ErrorCode.BAD_ARGUMENT, "The 'series' field cannot have none values.")
NOT_SORTED: Final = Fault(
    ErrorCode.INVALID_SERIES, "The 'series' field must be sorted by timestamp in ascending order."
)
DUPLICATED_TIMESTAMP: Final = Fault(
    ErrorCode.INVALID_SERIES, "The 'series' field cannot have duplicated timestamp."
)
OFF_GRID: Final = Fault(
    ErrorCode.INVALID_SERIES,
    "The 'timestamp' at index {index} is invalid in {granularity} granularity"
    " with {interval} gran as interval.",
)
PERIOD_TOO_LONG: Final = Fault(
    ErrorCode.INVALID_MODEL_ARGUMENT, "The 'series' field must have more than 2 periods points"
)
TOO_MANY_GAPS: Final = Fault(
    ErrorCode.INVALID_SERIES,
    "Ratio of missing points should be less than 50% for seasonal timeseries."
    " There should be at least {needed} points, but got {points} points.",
)

FAULTS: Final = tuple(fault for fault in vars().values() if isinstance(fault, Fault))


def univariate_body(error: ContractError) -> bytes:
    """Return the body of an error of an operation: flat, as the clients of the operations read it."""
    return orjson.dumps({"code": error.code, "message": error.message})
