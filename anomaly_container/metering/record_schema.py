"""The closed schema of a usage record, which the metering endpoint requires of every sender."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from anomaly_container.metering.meters import API_TYPE, CONTAINER_TYPE, METERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

UUID: Final = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
INSTANT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z")

# The form of each text in a record, and its description in messages.
TEXTS: Final[Mapping[str, tuple[re.Pattern[str], str]]] = MappingProxyType(
    {
        "id": (UUID, "a UUID in lower case"),
        "apiType": (re.compile(API_TYPE), API_TYPE),
        "containerType": (re.compile(CONTAINER_TYPE), CONTAINER_TYPE),
        "containerVersion": (re.compile("[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}"), "a version"),
        "containerId": (UUID, "a UUID in lower case"),
        "windowStart": (INSTANT, "a time in UTC like 2026-03-01T00:00:00Z"),
        "windowEnd": (INSTANT, "a time in UTC like 2026-03-01T00:00:00Z"),
    }
)
RECORD_FIELDS: Final = frozenset({*TEXTS, "meters"})
METER_FIELDS: Final = frozenset({"name", "quantity"})
METER_NAMES: Final = frozenset(METERS)

# No window has so many calls, and the sum of nine million such records in one day still fits in 63 bits.
LARGEST_QUANTITY: Final = 10**12


class RecordError(Exception):
    """A usage record violates the schema. The text gives the reason and quotes nothing of the record."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Usage:
    """A usage record that conforms to the schema.

    Attributes
    ----------
    id
        The id of the record.
    container_id
        The id of the container that sent it.
    day
        The UTC day on which the window ends, as YYYY-MM-DD.
    quantities
        Meter name to quantity.
    document
        The whole record as canonical JSON: equal for equal records, whatever their layout.
    """

    id: str
    container_id: str
    day: str
    quantities: Mapping[str, int]
    document: str


def parse(body: bytes) -> Usage:
    """Return the record in the body of a request.

    Raises
    ------
    RecordError
        If it is not JSON or does not conform to the schema.
    """
    return check(_decode(body))


def check(record: object) -> Usage:
    """Return a decoded record if it conforms to the schema.

    Raises
    ------
    RecordError
        If it does not conform to the schema.
    """
    record = _object(record, RECORD_FIELDS, "The record")
    texts = {name: _text(record[name], name) for name in TEXTS}
    start, end = (_instant(texts[name], name) for name in ("windowStart", "windowEnd"))
    if end < start:
        reason = "'windowEnd' must not be before 'windowStart'."
        raise RecordError(reason)
    quantities = _quantities(record["meters"])
    meters = [{"name": name, "quantity": quantity} for name, quantity in sorted(quantities.items())]
    return Usage(
        id=texts["id"],
        container_id=texts["containerId"],
        day=end.date().isoformat(),
        quantities=quantities,
        document=json.dumps(texts | {"meters": meters}, separators=(",", ":")),
    )


def _decode(body: bytes) -> object:
    try:
        document: object = json.loads(body.decode("utf-8"), object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError):  # invalid UTF-8 is a ValueError too
        reason = "The request body must be JSON."
        raise RecordError(reason) from None
    return document


def _without_repeats(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        reason = "A field is given more than once."
        raise RecordError(reason)
    return fields


def _object(value: object, fields: frozenset[str], what: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        reason = f"{what} must be a JSON object."
        raise RecordError(reason)
    for name in sorted(fields):
        if name not in value:
            reason = f"{what} must have the field '{name}'."
            raise RecordError(reason)
    if len(value) > len(fields):
        reason = f"{what} must have no field but {', '.join(sorted(fields))}."
        raise RecordError(reason)
    return value


def _text(value: object, name: str) -> str:
    pattern, meaning = TEXTS[name]
    if not isinstance(value, str) or not pattern.fullmatch(value):
        reason = f"'{name}' must be {meaning}."
        raise RecordError(reason)
    return value


def _instant(text: str, name: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        reason = f"'{name}' must be {TEXTS[name][1]}."
        raise RecordError(reason) from None


def _quantities(value: object) -> dict[str, int]:
    if not isinstance(value, list) or not value:
        reason = "'meters' must be a list of at least one meter."
        raise RecordError(reason)
    quantities: dict[str, int] = {}
    for item in value:
        meter = _object(item, METER_FIELDS, "A meter")
        name, quantity = meter["name"], meter["quantity"]
        if not isinstance(name, str) or name not in METER_NAMES:
            reason = f"The 'name' of a meter must be one of {', '.join(sorted(METER_NAMES))}."
            raise RecordError(reason)
        if name in quantities:
            reason = "A meter must be given once."
            raise RecordError(reason)
        if type(quantity) is not int or not 0 <= quantity <= LARGEST_QUANTITY:  # true and 1.0 are not counts
            reason = f"A 'quantity' must be an integer from 0 to {LARGEST_QUANTITY}."
            raise RecordError(reason)
        quantities[name] = quantity
    return quantities
