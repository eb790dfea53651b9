"""The body of a request: JSON bytes to named fields, not yet judged.

One typed decode serves every well-formed body. What it refuses is read again without types, so that the
checks that follow can say which documented error it is: a point of a wrong shape, a number beyond the range
of a float, the literals ``NaN`` and ``Infinity`` that some clients write.
"""

from __future__ import annotations

import json
from math import isfinite
from typing import Any, Final, Literal

import msgspec

from anomaly_container.contract.depth import is_deeper
from anomaly_container.contract.errors import UNREADABLE_BODY
from anomaly_container.contract.names import pascal_case


class Point(msgspec.Struct, gc=False):
    """One point as decoded: `msgspec.UNSET` stands for a part that is missing or of a wrong type.

    `value` is a number or a text that may hold one; `timestamp` is a text, or None where absent or null.
    """

    value: object
    timestamp: object = None


class Fields(msgspec.Struct, gc=False):
    """The fields of a body: None where absent or null, but `msgspec.UNSET` for an absent `series`.

    A `series` that is a list holds nothing but `Point`.
    """

    series: object = msgspec.UNSET
    granularity: object = None
    custom_interval: object = None
    period: object = None
    alpha: object = None
    max_anomaly_ratio: object = None
    sensitivity: object = None
    threshold: object = None
    stable_trend_window: object = None
    impute_mode: object = None
    impute_fixed_value: object = None
    impute_strategy: object = None
    fill_up_mode: object = None
    fixed_value: object = None
    boundary_version: object = None


def _decoder(spelling: Literal["camel", "pascal"]) -> msgspec.json.Decoder[Fields]:
    """Return the typed decoder for one spelling of the names; names are not inherited, so each field is."""
    point = msgspec.defstruct(
        "TypedPoint",
        [("value", float | str), ("timestamp", str | None, None)],
        bases=(Point,),
        rename=spelling,
        gc=False,
    )
    types: dict[str, Any] = {"series": list[point] | None | msgspec.UnsetType}  # type: ignore[valid-type] # made above
    fields = [
        (field.name, types.get(field.name, object), field.default) for field in msgspec.structs.fields(Fields)
    ]
    return msgspec.json.Decoder(
        msgspec.defstruct("TypedFields", fields, bases=(Fields,), rename=spelling, gc=False)
    )


_CAMEL: Final = _decoder("camel")
_PASCAL: Final = _decoder("pascal")


def decode(body: bytes, max_depth: int) -> tuple[Fields, bool]:
    """Read a body.

    Parameters
    ----------
    body
        JSON text in UTF-8 without a byte order mark.
    max_depth
        How many objects and arrays may lie one in another.

    Returns
    -------
    fields
        What the body says.
    pascal_case
        Whether its names are in PascalCase, as Power BI sends them: there is a `Series` and no `series`.

    Raises
    ------
    ContractError
        If the body is empty, not UTF-8, not JSON, nested too deeply, or not an object.
    """
    try:
        fields, pascal_case = _decode_typed(body)
        # The typed decode has seen that each is an object.
        points = len(fields.series) if isinstance(fields.series, list) else 0
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        fields, pascal_case = _decode_tolerantly(body)
        points = 0
    if is_deeper(body, max_depth, points):
        raise UNREADABLE_BODY.error()
    return fields, pascal_case


def _decode_typed(body: bytes) -> tuple[Fields, bool]:
    """Read a well-formed body."""
    # The decoder does not look at the bytes of texts that it skips.
    if not body.isascii():
        body.decode()
    fields = _CAMEL.decode(body)
    if fields.series is not msgspec.UNSET:
        return fields, False
    pascal_fields = _PASCAL.decode(body)
    if pascal_fields.series is not msgspec.UNSET:
        return pascal_fields, True
    return fields, False


def _decode_tolerantly(body: bytes) -> tuple[Fields, bool]:
    """Read a body that the typed decode refused."""
    try:
        document = json.loads(body.decode(), parse_int=_integer)
    except (ValueError, RecursionError):
        raise UNREADABLE_BODY.error() from None
    if not isinstance(document, dict):
        raise UNREADABLE_BODY.error()
    is_pascal_case = "Series" in document and "series" not in document
    wire_names = (_PASCAL if is_pascal_case else _CAMEL).type.__struct_encode_fields__
    fields = Fields(
        **{
            field: document[name]
            for field, name in zip(Fields.__struct_fields__, wire_names, strict=True)
            if name in document
        }
    )
    if isinstance(fields.series, list):
        spell = pascal_case if is_pascal_case else str
        fields.series = [_point(item, spell("value"), spell("timestamp")) for item in fields.series]
    return fields, is_pascal_case


def _point(item: object, value_name: str, timestamp_name: str) -> Point:
    if not isinstance(item, dict):
        return Point(msgspec.UNSET, msgspec.UNSET)
    value, timestamp = item.get(value_name), item.get(timestamp_name)
    return Point(
        value if type(value) in (int, float, str) else msgspec.UNSET,
        timestamp if timestamp is None or isinstance(timestamp, str) else msgspec.UNSET,
    )


def _integer(digits: str) -> int | float:
    """Return a JSON integer, as infinity where it is beyond the range of a float."""
    nearest = float(digits)
    return int(digits) if isfinite(nearest) else nearest
