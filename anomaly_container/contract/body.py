"""The body of a request: JSON bytes to named fields, not yet judged.

One typed decode serves every well-formed body. What it refuses is read again without types, so that the
checks that follow can say which documented error it is: a point of a wrong shape, a number beyond the range
of a float, the literals ``NaN`` and ``Infinity`` that some clients write.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from contextlib import suppress
from math import isfinite
from typing import Any, Final

import msgspec

from anomaly_container.contract.depth import is_deeper
from anomaly_container.contract.errors import UNREADABLE_BODY, WRONG_ENCODING, ContractError
from anomaly_container.contract.names import in_either_spelling, wire_name


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


_OPTIONS: Final = tuple(field for field in Fields.__struct_fields__ if field != "series")
_OTHER: Final = "other_"


def _decoder(*, pascal: bool) -> msgspec.json.Decoder[Fields]:
    """Return the typed decoder of bodies in one spelling that have no name but those of fields."""
    point = _defined("TypedPoint", Point, {"value": float | str, "timestamp": str | None}, pascal=pascal)
    series = list[point] | None | msgspec.UnsetType  # type: ignore[valid-type] # made above
    return msgspec.json.Decoder(
        _defined("TypedFields", Fields, {"series": series} | dict.fromkeys(_OPTIONS, object), pascal=pascal)
    )


def _mixed_decoder(*, pascal: bool) -> msgspec.json.Decoder[Fields]:
    """Return the typed decoder of bodies in one spelling that may have any names, in the other one too."""
    parts = {"value": float | str | None, "timestamp": str | None}
    point = _defined("MixedPoint", Point, parts, pascal=pascal, others=tuple(parts))
    series = list[point] | None | msgspec.UnsetType  # type: ignore[valid-type] # made above
    types = {"series": series} | dict.fromkeys(_OPTIONS, object)
    return msgspec.json.Decoder(_defined("MixedFields", Fields, types, pascal=pascal, others=_OPTIONS))


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
    fields += [(_OTHER + field, object, None) for field in others]
    names = {field: wire_name(field, pascal=pascal) for field in types}
    names |= {_OTHER + field: wire_name(field, pascal=not pascal) for field in others}
    return msgspec.defstruct(
        name, fields, bases=(base,), rename=names, forbid_unknown_fields=not others, gc=False
    )


_CAMEL: Final = _decoder(pascal=False)
_PASCAL: Final = _decoder(pascal=True)
_MIXED_CAMEL: Final = _mixed_decoder(pascal=False)
_MIXED_PASCAL: Final = _mixed_decoder(pascal=True)


def decode(body: bytes, max_depth: int) -> tuple[Fields, bool]:
    """Read a body.

    Parameters
    ----------
    body
        JSON text in UTF-8, with or without a byte order mark.
    max_depth
        How many objects and arrays may lie one in another.

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
        fields, is_pascal_case = _decode_tolerantly(body)
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
    for option in _OPTIONS:
        if getattr(fields, option) is None:
            setattr(fields, option, getattr(fields, _OTHER + option))
    if isinstance(fields.series, list):
        for point in fields.series:
            if point.value is None:
                point.value = _value(point.other_value)
            if point.timestamp is None:
                point.timestamp = _timestamp(point.other_timestamp)
    return fields, pascal


def _decode_tolerantly(body: bytes) -> tuple[Fields, bool]:
    """Read a body that the typed decode refused."""
    try:
        document = json.loads(body.decode(), parse_int=_integer)
    except (ValueError, RecursionError):
        raise _unreadable(body) from None
    if not isinstance(document, dict):
        raise UNREADABLE_BODY.error()
    pascal = "Series" in document and "series" not in document
    fields = Fields(**{option: in_either_spelling(document, option, pascal=pascal) for option in _OPTIONS})
    fields.series = document.get(wire_name("series", pascal=pascal), msgspec.UNSET)
    if isinstance(fields.series, list):
        fields.series = [_point(item, pascal=pascal) for item in fields.series]
    return fields, pascal


def _point(item: object, *, pascal: bool) -> Point:
    if not isinstance(item, dict):
        return Point(msgspec.UNSET, msgspec.UNSET)
    return Point(
        _value(in_either_spelling(item, "value", pascal=pascal)),
        _timestamp(in_either_spelling(item, "timestamp", pascal=pascal)),
    )


def _value(found: object) -> object:
    return found if type(found) in (int, float, str) else msgspec.UNSET


def _timestamp(found: object) -> object:
    return found if found is None or isinstance(found, str) else msgspec.UNSET


def _unreadable(body: bytes) -> ContractError:
    """Return the error of a body that is not JSON in UTF-8, which says in what else it is encoded."""
    encoding = json.detect_encoding(body)
    if not encoding.startswith("utf-8"):
        with suppress(UnicodeDecodeError):
            body.decode(encoding)
            return WRONG_ENCODING.error(encoding=encoding[: len("utf-16")].upper())
    return UNREADABLE_BODY.error()


def _integer(digits: str) -> int | float:
    """Return a JSON integer, as infinity where it is beyond the range of a float."""
    nearest = float(digits)
    return int(digits) if isfinite(nearest) else nearest
