"""The list of features of the setting `Streams:Features`, and the columns that each of them makes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

DEFAULT_FEATURES: Final = (
    "response_time:numeric,log_level:ordinal,method:frequency,path:frequency,"
    "time:hour,time:day_of_week,time:is_weekend"
)
MAX_COLUMNS: Final = 256
"""The largest number of columns of a vector that is scored, those of a shingle included."""
RESPONSE_TIME: Final = "response_time"
LOG_LEVEL: Final = "log_level"
METHOD: Final = "method"
PATH: Final = "path"
WELL_KNOWN: Final = (RESPONSE_TIME, LOG_LEVEL, METHOD, PATH)
"""The fields that have names of their own in the settings and rules of their own when they are read."""
TIMES: Final = {
    "hour": ("hour",),
    "day_of_week": ("day_of_week",),
    "is_weekend": ("is_weekend",),
    "hour_cyclic": ("hour_sin", "hour_cos"),
}
"""The columns of each feature of time."""
Encoding = Literal["numeric", "log1p", "ordinal", "frequency", "time"]
_ONE: Final = re.compile(
    r"(?P<field>[^:,()<>\s]{1,128}):"
    r"(?:(?P<numeric>numeric(?::log1p)?)|(?P<ordinal>ordinal(?:\((?P<order>[^()]+)\))?)|(?P<frequency>frequency)"
    r"|(?P<time>hour_cyclic|hour|day_of_week|is_weekend))"
)


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature of the list.

    Attributes
    ----------
    field
        The field of an event, or `time`.
    encoding
        The conversion of the field to numbers.
    columns
        The names of its columns.
    order
        The words of an ordinal from the lowest on; empty for the levels of a log, whose words are known.
    """

    field: str
    encoding: Encoding
    columns: tuple[str, ...]
    order: tuple[str, ...] = ()

    @property
    def written(self) -> str:
        """The feature as the list has it."""
        if self.encoding == "time":
            name = "hour_cyclic" if len(self.columns) > 1 else self.columns[0]
        elif self.encoding == "log1p":
            name = "numeric:log1p"
        else:
            name = f"{self.encoding}({'<'.join(self.order)})" if self.order else self.encoding
        return f"{self.field}:{name}"


def parse_features(text: str) -> tuple[Feature, ...]:
    """Parse a list such as `response_time:numeric,path:frequency,time:hour`.

    Parameters
    ----------
    text
        The features, separated by commas.

    Returns
    -------
    tuple of Feature
        In the order of the list.

    Raises
    ------
    ValueError
        With one sentence, if one of them does not have the form, or two make the same column.

    Examples
    --------
    >>> [one.columns for one in parse_features("size:numeric:log1p, time:hour_cyclic")]
    [('size',), ('hour_sin', 'hour_cos')]
    """
    features = tuple(_feature(part.strip()) for part in text.split(",") if part.strip())
    columns = [column for feature in features for column in feature.columns]
    if not features:
        message = "It must list one feature or more"
    elif len(set(columns)) < len(columns):
        message = "Two features make a column of the same name"
    elif len(columns) > MAX_COLUMNS:
        message = f"The features make more than {MAX_COLUMNS} columns"
    else:
        return features
    raise ValueError(message)


def _feature(text: str) -> Feature:
    found = _ONE.fullmatch(text)
    if found is None or (found["field"] == "time") is not (found["time"] is not None):
        message = (
            "Each feature must be name:numeric, name:numeric:log1p, name:ordinal(a<b<c), name:frequency, "
            "time:hour, time:day_of_week, time:is_weekend or time:hour_cyclic"
        )
        raise ValueError(message)
    field = found["field"]
    if found["time"]:
        return Feature(field, "time", TIMES[found["time"]])
    if found["ordinal"]:
        return Feature(field, "ordinal", (field,), _order(field, found["order"]))
    if found["frequency"]:
        return Feature(field, "frequency", (field,))
    return Feature(field, "log1p" if found["numeric"].endswith("log1p") else "numeric", (field,))


def _order(field: str, words: str | None) -> tuple[str, ...]:
    order = tuple(word.strip().casefold() for word in (words or "").split("<"))
    if words is None and field == LOG_LEVEL:
        return ()
    if len(order) < 2 or not all(order) or len(set(order)) < len(order):
        message = "An ordinal needs two different words or more in their order, such as size:ordinal(s<m<l)"
        raise ValueError(message)
    return order
