"""Read the body of an invocation: rows of numbers, or events with fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson

from anomaly_container.services.streams.errors import InvalidRows, UnsupportedType

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from anomaly_container.detection.numeric.arrays import FloatArray

CSV: Final = "text/csv"
JSON: Final = "application/json"
JSON_LINES: Final = "application/jsonlines"
LARGEST: Final = 1e300
"""The largest size of a number; differences of two such numbers are finite."""


@dataclass(slots=True)
class Body:
    """The content of a body: rows or events, never both.

    Attributes
    ----------
    rows
        Rows of numbers, each as long as a vector of the model.
    events
        Events with fields.
    """

    rows: list[Sequence[float]] = field(default_factory=list)
    events: list[object] = field(default_factory=list)

    def array(self) -> FloatArray:
        """Return the rows, of shape (n, width).

        Raises
        ------
        InvalidRows
            If a number is not finite, or too large.
        """
        found = np.array(self.rows, dtype=np.float64)
        wrong = np.flatnonzero(~(np.abs(found) <= LARGEST).all(axis=1))
        if len(wrong):
            message = f"row {wrong[0] + 1} has a value that is not a finite number, or is beyond 1e300"
            raise InvalidRows(message)
        return found


def read(data: bytes, content_type: str, width: int) -> Body:
    r"""Return the content of a body.

    Parameters
    ----------
    data
        The body.
    content_type
        Its type, with parameters.
    width
        The length of a row.

    Raises
    ------
    UnsupportedType
        If it is not one of the three types.
    InvalidRows
        If it cannot be read as what its type says, or has no row.

    Examples
    --------
    >>> read(b"1,2\n3,4\n", "text/csv", 2).rows
    [[1.0, 2.0], [3.0, 4.0]]
    """
    kind, *parameters = (part.strip().lower() for part in content_type.split(";"))
    if kind == CSV:
        body = Body(list(_csv_rows(data, width, labels=_labels(parameters))))
    elif kind == JSON:
        body = _together([_document(data, "the body")], width)
    elif kind == JSON_LINES:
        lines = enumerate(data.splitlines(), 1)
        documents = [_document(line, f"line {place}") for place, line in lines if line.strip()]
        body = _together(documents, width)
    else:
        raise UnsupportedType
    if not body.rows and not body.events:
        message = "the body has no rows"
        raise InvalidRows(message)
    return body


def _labels(parameters: Sequence[str]) -> int:
    """Return the number of columns at the beginning of a row that are labels."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "label_size":
            if value.strip() in {"0", "1"}:
                return int(value)
            message = "label_size must be 0 or 1"
            raise InvalidRows(message)
    return 0


def _csv_rows(data: bytes, width: int, *, labels: int) -> Iterator[list[float]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        message = "the body is not UTF-8"
        raise InvalidRows(message) from None
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n") if text else []
    for place, line in enumerate(lines, 1):
        try:
            row = [float(cell) for cell in line.split(",")[labels:]]
        except ValueError:
            raise _not_a_number(place) from None
        if "_" in line:  # Python reads 1_000 as a number, other programs do not
            raise _not_a_number(place)
        yield _of_width(row, place, width)


def _document(data: bytes, what: str) -> dict[str, Any]:
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError:
        message = f"{what} is not valid JSON"
        raise InvalidRows(message) from None
    if not isinstance(found, dict):
        message = f"{what} must be a JSON object"
        raise InvalidRows(message)
    return found


def _together(documents: Sequence[dict[str, Any]], width: int) -> Body:
    """Return the rows or the events of all documents."""
    body = Body()
    for document in documents:
        if "events" in document:
            body.events += _list(document["events"], "events must be a list")
            continue
        for instance in _list(document.get("instances", [document]), "instances must be a list"):
            body.rows.append(_row(instance, len(body.rows) + 1, width))
    if body.rows and body.events:
        message = "a body has rows or events, not both"
        raise InvalidRows(message)
    return body


def _row(instance: object, place: int, width: int) -> Sequence[float]:
    """Return the numbers of an instance: `features`, or the dense or sparse form below `data`."""
    found: Any = instance
    if isinstance(found, dict) and "data" in found:
        found = found["data"]
    features = found.get("features") if isinstance(found, dict) else None
    if isinstance(features, dict):
        values = _list(features.get("values"), f"row {place} has no values")
        if "keys" in features or "shape" in features:
            return _sparse(features, _numbers(values, place), place, width)
        features = values
    return _of_width(_numbers(_list(features, f"row {place} has no features"), place), place, width)


def _sparse(features: dict[str, Any], values: list[float], place: int, width: int) -> Sequence[float]:
    """Return the numbers of a row of which only some are given; the others are 0."""
    keys, shape = features.get("keys"), features.get("shape")
    if not isinstance(shape, list) or len(shape) != 1 or type(shape[0]) is not int:
        message = f"row {place} must have a shape of one whole number"
        raise InvalidRows(message)
    if shape[0] != width:
        raise _wrong_width(place, shape[0], width)
    message = f"row {place} must have a key of its own, below its shape, for each value"
    places = _list(keys, message)
    if not all(type(key) is int and 0 <= key < width for key in places):
        raise InvalidRows(message)
    if len(set(places)) != len(places) or len(places) != len(values):
        raise InvalidRows(message)
    row = [0.0] * width
    for key, value in zip(places, values, strict=True):
        row[key] = value
    return row


def _numbers(values: list[Any], place: int) -> list[float]:
    if all(type(value) is float or type(value) is int for value in values):
        return values
    raise _not_a_number(place)


def _of_width(row: list[float], place: int, width: int) -> list[float]:
    if len(row) != width:
        raise _wrong_width(place, len(row), width)
    return row


def _wrong_width(place: int, found: int, width: int) -> InvalidRows:
    values = "1 value" if found == 1 else f"{found} values"
    return InvalidRows(f"row {place} has {values}, the model has {width}")


def _not_a_number(place: int) -> InvalidRows:
    return InvalidRows(f"row {place} has a value that is not a number")


def _list(value: object, message: str) -> list[Any]:
    if isinstance(value, list):
        return value
    raise InvalidRows(message)
