"""The decoder of request bodies: JSON bytes to named fields, before anything is checked.

A typed decoder reads every well-formed body; if it refuses one, `tolerant_decode` reads it again. Neither
creates objects for parts that are not needed, so that no body, whatever it contains, blocks the interpreter
for long.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import Any, Final

import msgspec

from anomaly_container.services.univariate.contract.errors import UNREADABLE_BODY
from anomaly_container.services.univariate.contract.fields import (
    OPTIONS,
    OTHER,
    Fields,
    Point,
    Scalar,
    Strategy,
)
from anomaly_container.services.univariate.contract.json_depth import is_deeper
from anomaly_container.services.univariate.contract.names import wire_name
from anomaly_container.services.univariate.contract.tolerant_decode import decode_tolerantly

_OPTION_TYPES: Final[dict[str, Any]] = dict.fromkeys(OPTIONS, Scalar) | {"impute_strategy": Strategy | None}


def _decoder(*, pascal: bool) -> msgspec.json.Decoder[Fields]:
    """Return the typed decoder of bodies in one spelling that have only names of fields."""
    point = _defined("TypedPoint", Point, {"value": float | str, "timestamp": str | None}, pascal=pascal)
    series = list[point] | None | msgspec.UnsetType  # type: ignore[valid-type] # made above
    return msgspec.json.Decoder(
        _defined("TypedFields", Fields, {"series": series} | _OPTION_TYPES, pascal=pascal)
    )


def _mixed_decoder(*, pascal: bool) -> msgspec.json.Decoder[Fields]:
    """Return the typed decoder of bodies in one spelling that may also have other names, in any spelling."""
    parts = {"value": float | str | None, "timestamp": str | None}
    point = _defined("MixedPoint", Point, parts, pascal=pascal, others=tuple(parts))
    series = list[point] | None | msgspec.UnsetType  # type: ignore[valid-type] # made above
    types = {"series": series} | _OPTION_TYPES
    return msgspec.json.Decoder(_defined("MixedFields", Fields, types, pascal=pascal, others=OPTIONS))


def _defined(
    name: str,
    base: type[msgspec.Struct],
    types: dict[str, Any],
    *,
    pascal: bool,
    others: tuple[str, ...] = (),
) -> type[Any]:
    """Return a subclass of `base` with typed fields, and a second field for each name in `others`.

    The second field reads the other spelling. Without `others` unknown names are refused, because one of them
    may be a field in the other spelling.
    """
    defaults = {field.name: field.default for field in msgspec.structs.fields(base)}
    if others:
        defaults |= dict.fromkeys(others, None)
    fields: list[Any] = [
        (field, kind) if defaults[field] is msgspec.NODEFAULT else (field, kind, defaults[field])
        for field, kind in types.items()
    ]
    fields += [(OTHER + field, types[field], None) for field in others]
    names = {field: wire_name(field, pascal=pascal) for field in types}
    names |= {OTHER + field: wire_name(field, pascal=not pascal) for field in others}
    return msgspec.defstruct(
        name, fields, bases=(base,), rename=names, forbid_unknown_fields=not others, gc=False
    )


_CAMEL: Final = _decoder(pascal=False)
_PASCAL: Final = _decoder(pascal=True)
_MIXED_CAMEL: Final = _mixed_decoder(pascal=False)
_MIXED_PASCAL: Final = _mixed_decoder(pascal=True)


def decode(body: bytes, max_depth: int, max_points: int | None = None) -> tuple[Fields, bool]:
    """Read a body.

    Parameters
    ----------
    body
        JSON text in UTF-8, with or without a byte order mark.
    max_depth
        How deep objects and arrays may be nested.
    max_points
        The points of a longer series are not read, because it will be refused; None for no limit.

    Returns
    -------
    fields
        The fields of the body.
    pascal_case
        Whether it is in PascalCase, as Power BI sends it: it has `Series` and no `series`. Any other name is
        read in either spelling; if both are there and not null, that of the body counts.

    Raises
    ------
    ContractError
        If the body is empty, not UTF-8, not JSON, nested too deeply, or not an object.
    """
    body = body.removeprefix(BOM_UTF8)
    try:
        fields, is_pascal_case = _decode_typed(body)
        # The typed decoder has checked that each is an object.
        points = len(fields.series) if isinstance(fields.series, list) else 0
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        fields, is_pascal_case = decode_tolerantly(body, max_points)
        points = 0
    if is_deeper(body, max_depth, points):
        raise UNREADABLE_BODY.error()
    return fields, is_pascal_case


def _decode_typed(body: bytes) -> tuple[Fields, bool]:
    """Read a well-formed body."""
    # The decoder does not check the bytes of strings that it skips.
    if not body.isascii():
        body.decode()
    for decoder in (_CAMEL, _PASCAL):
        try:
            fields = decoder.decode(body)
        except msgspec.ValidationError:
            continue
        return fields, decoder is _PASCAL and fields.series is not msgspec.UNSET
    return _decode_mixed(body)


def _decode_mixed(body: bytes) -> tuple[Fields, bool]:
    """Read a well-formed body with names in both spellings, or with unknown names."""
    fields = _MIXED_CAMEL.decode(body)
    pascal = False
    if fields.series is msgspec.UNSET:
        pascal_fields = _MIXED_PASCAL.decode(body)
        if pascal_fields.series is not msgspec.UNSET:
            fields, pascal = pascal_fields, True
    for option in OPTIONS:
        if getattr(fields, option) is None:
            setattr(fields, option, getattr(fields, OTHER + option))
    if isinstance(fields.series, list):
        for point in fields.series:
            if point.value is None:
                point.value = msgspec.UNSET if point.other_value is None else point.other_value
            if point.timestamp is None:
                point.timestamp = point.other_timestamp
    return fields, pascal
