"""The tolerant decoder, for bodies that the typed decoder refuses.

It leaves the later checks to choose the documented error: for a point of a wrong shape, a number beyond the
range of a float, or the literals ``NaN`` and ``Infinity`` that some clients write.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import msgspec

from anomaly_container.services.univariate.contract.errors import (
    UNREADABLE_BODY,
    WRONG_ENCODING,
    ContractError,
)
from anomaly_container.services.univariate.contract.fields import OPTIONS, OTHER, Fields, Point, Strategy
from anomaly_container.services.univariate.contract.json_depth import count_elements
from anomaly_container.services.univariate.contract.leniency import as_strict, shallow
from anomaly_container.services.univariate.contract.names import wire_name

if TYPE_CHECKING:
    from collections.abc import Iterable


def _raw_decoder(names: Iterable[tuple[str, str]]) -> msgspec.json.Decoder[Any]:
    """Return a decoder that keeps each field as raw JSON, or `msgspec.UNSET` if it is absent."""
    renamed = dict(names)
    fields = [(field, msgspec.Raw, msgspec.UNSET) for field in renamed]
    return msgspec.json.Decoder(msgspec.defstruct("Raw", fields, rename=renamed, gc=False))


def _in_both_spellings(fields: Iterable[str]) -> list[tuple[str, str]]:
    named = [(field, wire_name(field, pascal=False)) for field in fields]
    return named + [(OTHER + field, wire_name(field, pascal=True)) for field, _ in named]


_FIELDS: Final = _raw_decoder(_in_both_spellings(Fields.__struct_fields__))
_POINT: Final = _raw_decoder(_in_both_spellings(Point.__struct_fields__))
_STRATEGY: Final = _raw_decoder((name, name) for name in Strategy.__annotations__)
_ARRAY: Final = msgspec.json.Decoder(list[msgspec.Raw])
_NO_POINT: Final = Point(msgspec.UNSET, msgspec.UNSET)


def decode_tolerantly(body: bytes, max_points: int | None) -> tuple[Fields, bool]:
    """Read a body that the typed decoder refused.

    Parameters
    ----------
    body
        The bytes without a byte order mark.
    max_points
        The points of a longer series are not read, because it will be refused; None for no limit.

    Returns
    -------
    fields
        The fields of the body.
    pascal_case
        Whether it has `Series` and no `series`.

    Raises
    ------
    ContractError
        If the body is not UTF-8, not JSON, or not an object.
    """
    try:
        body.decode()
        raw = _FIELDS.decode(as_strict(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _unreadable(body) from None
    pascal = raw.series is msgspec.UNSET and raw.other_series is not msgspec.UNSET
    fields = Fields(**{option: _in_either_spelling(raw, option, pascal=pascal) for option in OPTIONS})
    series = raw.other_series if pascal else raw.series
    if series is not msgspec.UNSET:
        fields.series = _series(bytes(series), max_points, pascal=pascal)
    if isinstance(fields.impute_strategy, dict):
        fields.impute_strategy = _strategy(raw, pascal=pascal)
    return fields, pascal


def _in_either_spelling(raw: object, field: str, *, pascal: bool) -> object:
    """Return the shallow value of a field, in the other spelling if absent or null in that of the body."""
    first, second = (OTHER + field, field) if pascal else (field, OTHER + field)
    found = _surface(getattr(raw, first))
    return _surface(getattr(raw, second)) if found is None else found


def _surface(raw: msgspec.Raw | msgspec.UnsetType) -> object:
    return None if raw is msgspec.UNSET else shallow(bytes(raw))


def _series(text: bytes, max_points: int | None, *, pascal: bool) -> object:
    found = shallow(text)
    if not isinstance(found, list):
        return found
    if max_points is not None:
        count = count_elements(text)
        if count > max_points:
            return [_NO_POINT] * count
    return [_point(bytes(item), pascal=pascal) for item in _ARRAY.decode(text)]


def _point(item: bytes, *, pascal: bool) -> Point:
    if not item.startswith(b"{"):
        return _NO_POINT
    raw = _POINT.decode(item)
    value = _in_either_spelling(raw, "value", pascal=pascal)
    timestamp = _in_either_spelling(raw, "timestamp", pascal=pascal)
    return Point(
        value if type(value) in (int, float, str) else msgspec.UNSET,
        timestamp if timestamp is None or isinstance(timestamp, str) else msgspec.UNSET,
    )


def _strategy(raw: Any, *, pascal: bool) -> dict[str, object]:  # noqa: ANN401  # made by the decoder
    first, second = raw.impute_strategy, raw.other_impute_strategy
    chosen = next(
        text for text in ((second, first) if pascal else (first, second)) if _surface(text) is not None
    )
    found = _STRATEGY.decode(bytes(chosen))
    given = {name: getattr(found, name) for name in Strategy.__annotations__}
    return {name: shallow(bytes(value)) for name, value in given.items() if value is not msgspec.UNSET}


def _unreadable(body: bytes) -> ContractError:
    """Return the error of a body that is not JSON in UTF-8; it names another encoding if there is one."""
    encoding = json.detect_encoding(body)
    if not encoding.startswith("utf-8"):
        with suppress(UnicodeDecodeError):
            body.decode(encoding)
            return WRONG_ENCODING.error(encoding=encoding[: len("utf-16")].upper())
    return UNREADABLE_BODY.error()
