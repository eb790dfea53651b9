"""The body of a request: JSON bytes to named fields, before anything is checked.

One typed decode serves every well-formed body; what it refuses is read again by `tolerant_decode`. Neither
makes objects of what decides nothing, so that no body, whatever it is filled with, holds the interpreter for
long.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import Any, Final

import msgspec

from anomaly_container.contract.depth import is_deeper
from anomaly_container.contract.errors import UNREADABLE_BODY
from anomaly_container.contract.fields import OPTIONS, OTHER, Fields, Point, Scalar, Strategy
from anomaly_container.contract.names import wire_name
from anomaly_container.contract.tolerant_decode import decode_tolerantly

_OPTION_TYPES: Final[dict[str, Any]] = dict.fromkeys(OPTIONS, Scalar) | {"impute_strategy": Strategy | None}


def _decoder(*, pascal: bool) -> msgspec.json.Decoder[Fields]:
    """Return the typed decoder of bodies in one spelling that have no name but those of fields."""
    point = _defined("TypedPoint", Point, {"value": float | str, "timestamp": str | None}, pascal=pascal)
    series = list[point] | None | msgspec.UnsetType  # type: ignore[valid-type] # made above
    return msgspec.json.Decoder(
        _defined("TypedFields", Fields, {"series": series} | _OPTION_TYPES, pascal=pascal)
    )


def _mixed_decoder(*, pascal: bool) -> msgspec.json.Decoder[Fields]:
    """Return the typed decoder of bodies in one spelling that may have any names, in the other one too."""
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
    """Return a kind of `base` whose fields have types, and `others` a field for the other spelling too.

    Without `others` it takes no unknown name, so that none can be one of them.
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
        How many objects and arrays may lie one in another.
    max_points
        Points of a longer series need not be looked at, since it will be refused; None for no such number.

    Returns
    -------
    fields
        What the body says.
    pascal_case
        Whether it is in PascalCase, as Power BI sends it: there is a `Series` and no `series`. Any other name
        is read in either spelling; that of the body counts where both are there and not null.

    Raises
    ------
    ContractError
        If the body is empty, not UTF-8, not JSON, nested too deeply, or not an object.
    """
    body = body.removeprefix(BOM_UTF8)
    try:
        fields, is_pascal_case = _decode_typed(body)
        # The typed decode has seen that each is an object.
        points = len(fields.series) if isinstance(fields.series, list) else 0
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        fields, is_pascal_case = decode_tolerantly(body, max_points)
        points = 0
    if is_deeper(body, max_depth, points):
        raise UNREADABLE_BODY.error()
    return fields, is_pascal_case


def _decode_typed(body: bytes) -> tuple[Fields, bool]:
    """Read a well-formed body."""
    # The decoder does not look at the bytes of texts that it skips.
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
    """Read a well-formed body with names in both spellings, or of no field."""
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
