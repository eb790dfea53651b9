"""The spelling of wire names: camelCase as specified, PascalCase for the clients that send it."""

from __future__ import annotations

import re
from typing import Final

FIELD_NAMES: Final = (
    "series",
    "timestamp",
    "value",
    "granularity",
    "customInterval",
    "period",
    "alpha",
    "maxAnomalyRatio",
    "sensitivity",
    "threshold",
    "stableTrendWindow",
    "imputeMode",
    "imputeFixedValue",
    "imputeStrategy",
    "imputeValue",
    "fillUpMode",
    "fixedValue",
    "boundaryVersion",
)

# Quoted names, and the one name that a message repeats without quotes; "sorted by timestamp" is prose.
_NAME_IN_MESSAGE: Final = re.compile(rf"(?<=')(?:{'|'.join(FIELD_NAMES)})(?=')|\bmaxAnomalyRatio\b")


def pascal_case(name: str) -> str:
    """Return a camelCase name in PascalCase."""
    return name[:1].upper() + name[1:]


def with_pascal_case_names(message: str) -> str:
    """Return an error message whose field names are in PascalCase."""
    return _NAME_IN_MESSAGE.sub(lambda match: pascal_case(match[0]), message)
