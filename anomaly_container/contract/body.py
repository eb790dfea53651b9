"""The body of a request: JSON bytes to named fields, not yet judged.

One typed decode serves every well-formed body. What it refuses is read again piece by piece, so that the
checks that follow can say which documented error it is: a point of a wrong shape, a number beyond the range
of a float, the literals ``NaN`` and ``Infinity`` that some clients write. Neither makes objects of what
decides nothing, so that no body, whatever it is filled with, holds the interpreter for long.
"""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias, TypedDict

import msgspec

from anomaly_container.contract.depth import count_elements, is_deeper
from anomaly_container.contract.errors import UNREADABLE_BODY
from anomaly_container.contract.leniency import as_strict, shallow


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


_Scalar: TypeAlias = int | float | str | bool | None


class _Strategy(TypedDict, total=False):
    imputeMode: _Scalar
    imputeValue: _Scalar
    ImputeMode: _Scalar
    ImputeValue: _Scalar


_Spelling: TypeAlias = Literal["camel", "pascal"]


def _typed_decoder(spelling: _Spelling) -> msgspec.json.Decoder[Fields]:
    """Return the decoder of well-formed bodies; names are not inherited, so each field is."""
    point = msgspec.defstruct(
        "TypedPoint",
        [("value", float | str), ("timestamp", str | None, None)],
        bases=(Point,),
        rename=spelling,
        gc=False,
    )
    types: dict[str, Any] = {
        "series": list[point] | None | msgspec.UnsetType,  # type: ignore[valid-type] # made above
        "impute_strategy": _Strategy | None,
    }
    fields = [
        (field.name, types.get(field.name, _Scalar), field.default)
        for field in msgspec.structs.fields(Fields)
    ]
    return msgspec.json.Decoder(
        msgspec.defstruct("TypedFields", fields, bases=(Fields,), rename=spelling, gc=False)
    )


def _raw_decoder(of: type[msgspec.Struct], spelling: _Spelling) -> msgspec.json.Decoder[Any]:
    """Return a decoder that leaves each field as it is written, `msgspec.UNSET` where there is none."""
    fields = [(name, msgspec.Raw, msgspec.UNSET) for name in of.__struct_fields__]
    return msgspec.json.Decoder(msgspec.defstruct(f"Raw{of.__name__}", fields, rename=spelling, gc=False))


_CAMEL: Final = _typed_decoder("camel")
_PASCAL: Final = _typed_decoder("pascal")
_RAW_CAMEL: Final = _raw_decoder(Fields, "camel"), _raw_decoder(Point, "camel")
_RAW_PASCAL: Final = _raw_decoder(Fields, "pascal"), _raw_decoder(Point, "pascal")
_RAW_ARRAY: Final = msgspec.json.Decoder(list[msgspec.Raw])
_RAW_STRATEGY: Final = msgspec.json.Decoder(
    msgspec.defstruct(
        "RawStrategy", [(name, msgspec.Raw, msgspec.UNSET) for name in _Strategy.__annotations__]
    )
)
_NO_POINT: Final = Point(msgspec.UNSET, msgspec.UNSET)


def decode(body: bytes, max_depth: int, max_points: int | None = None) -> tuple[Fields, bool]:
    """Read a body.

    Parameters
    ----------
    body
        JSON text in UTF-8 without a byte order mark.
    max_depth
        How many objects and arrays may lie one in another.
    max_points
        Points of a longer series need not be looked at, since it will be refused; None for no such number.

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
        fields, pascal_case = _decode_tolerantly(body, max_points)
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


def _decode_tolerantly(body: bytes, max_points: int | None) -> tuple[Fields, bool]:
    """Read a body that the typed decode refused."""
    try:
        body.decode()
        text = as_strict(body)
        raw, point = _RAW_CAMEL[0].decode(text), _RAW_CAMEL[1]
        is_pascal_case = False
        if raw.series is msgspec.UNSET:
            raw_pascal = _RAW_PASCAL[0].decode(text)
            if raw_pascal.series is not msgspec.UNSET:
                raw, point, is_pascal_case = raw_pascal, _RAW_PASCAL[1], True
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UNREADABLE_BODY.error() from None
    given = {
        name: bytes(value)
        for name in Fields.__struct_fields__
        if (value := getattr(raw, name)) is not msgspec.UNSET
    }
    fields = Fields(**{name: shallow(value) for name, value in given.items()})
    if isinstance(fields.series, list):
        fields.series = _points(given["series"], point, max_points)
    if isinstance(fields.impute_strategy, dict):
        fields.impute_strategy = _strategy(given["impute_strategy"])
    return fields, is_pascal_case


def _points(series: bytes, decoder: msgspec.json.Decoder[Any], max_points: int | None) -> list[Point]:
    if max_points is not None:
        count = count_elements(series)
        if count > max_points:
            return [_NO_POINT] * count
    return [_point(bytes(item), decoder) for item in _RAW_ARRAY.decode(series)]


def _point(item: bytes, decoder: msgspec.json.Decoder[Any]) -> Point:
    if not item.startswith(b"{"):
        return _NO_POINT
    raw = decoder.decode(item)
    value = None if raw.value is msgspec.UNSET else shallow(bytes(raw.value))
    timestamp = None if raw.timestamp is msgspec.UNSET else shallow(bytes(raw.timestamp))
    return Point(
        value if type(value) in (int, float, str) else msgspec.UNSET,
        timestamp if timestamp is None or isinstance(timestamp, str) else msgspec.UNSET,
    )


def _strategy(text: bytes) -> dict[str, object]:
    raw = _RAW_STRATEGY.decode(text)
    given = {name: getattr(raw, name) for name in _Strategy.__annotations__}
    return {name: shallow(bytes(value)) for name, value in given.items() if value is not msgspec.UNSET}
