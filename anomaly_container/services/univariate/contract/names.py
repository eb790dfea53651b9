"""The spelling of wire names: camelCase as specified, or PascalCase for clients that send it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

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

# Names in quotes, and the one name that a message also has without quotes; "sorted by timestamp" is prose.
_NAME_IN_MESSAGE: Final = re.compile(rf"(?<=')(?:{'|'.join(FIELD_NAMES)})(?=')|\bmaxAnomalyRatio\b")


def pascal_case(name: str) -> str:
    """Return a camelCase name in PascalCase."""
    return name[:1].upper() + name[1:]


@lru_cache(maxsize=64)
def wire_name(field: str, *, pascal: bool) -> str:
    """Return the name of a field in a body, in PascalCase or camelCase."""
    first, *others = field.split("_")
    name = first + "".join(map(str.capitalize, others))
    return pascal_case(name) if pascal else name


def in_either_spelling(document: Mapping[str, Any], field: str, *, pascal: bool) -> object:
    """Return a field of a decoded object, or None if it is absent or null.

    Parameters
    ----------
    document
        The object.
    field
        The field, in snake_case.
    pascal
        Whether its name in PascalCase comes before that in camelCase; the second one is read if the first is
        absent or null.
    """
    value: object = document.get(wire_name(field, pascal=pascal))
    return document.get(wire_name(field, pascal=not pascal)) if value is None else value


def with_pascal_case_names(message: str) -> str:
    """Return an error message with its field names in PascalCase."""
    return _NAME_IN_MESSAGE.sub(lambda match: pascal_case(match[0]), message)
