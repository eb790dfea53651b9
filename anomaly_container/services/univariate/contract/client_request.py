"""The request of a client: points and fields, and the bytes of their body."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Self

import orjson

from anomaly_container.services.univariate.contract.errors import UNREADABLE_BODY
from anomaly_container.services.univariate.contract.names import in_either_spelling, pascal_case
from anomaly_container.services.univariate.contract.versions import Operation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WIRE_NAMES: Final = {
    "granularity": "granularity",
    "custom_interval": "customInterval",
    "period": "period",
    "max_anomaly_ratio": "maxAnomalyRatio",
    "sensitivity": "sensitivity",
    "threshold": "threshold",
    "stable_trend_window": "stableTrendWindow",
    "impute_mode": "imputeMode",
    "impute_value": "imputeFixedValue",
}
_CHANGE_POINT_ONLY: Final = frozenset({"stable_trend_window", "threshold"})
_DETECT_ONLY: Final = frozenset({"max_anomaly_ratio", "sensitivity", "impute_mode", "impute_value"})


@dataclass(frozen=True, slots=True, eq=False)
class ClientRequest:
    """A request of a client before it is encoded.

    Attributes
    ----------
    points
        The items of the series as in the body, usually objects with timestamp and value.
    fields
        All other fields by their wire names.
    pascal_case
        Whether names are in PascalCase.
    is_request
        Whether it was read from a whole request, which has fields besides its points.
    original_body
        The body that was read; None if there is none or the request has changed since.
    lines
        The line of each point in the file, if it is known.
    without_value
        The number of rows of the file that have no value and so are not points.
    original_stamps
        The timestamps as the file has them, if the body needs them in another form.
    """

    points: Sequence[Any]
    fields: Mapping[str, object]
    pascal_case: bool = False
    is_request: bool = False
    original_body: bytes | None = None
    lines: Sequence[int] | None = None
    without_value: int = 0
    original_stamps: Sequence[str] | None = None

    @classmethod
    def of_document(cls, document: Mapping[str, Any], body: bytes) -> Self | None:
        """Return the request of a JSON object, or None if it has no list of points."""
        pascal = "Series" in document and "series" not in document
        name = "Series" if pascal else "series"
        points = document.get(name)
        if not isinstance(points, list):
            return None
        fields = {key: value for key, value in document.items() if key != name}
        return cls(points, fields, pascal, bool(fields), body if fields else None)

    @classmethod
    def of_pairs(
        cls,
        stamps: Sequence[str | None],
        values: Sequence[float],
        lines: Sequence[int],
        *,
        without_value: int = 0,
        original_stamps: Sequence[str] | None = None,
    ) -> Self:
        """Return a request with points from timestamps, which may be None, and values."""
        points = [
            {"value": value} if stamp is None else {"timestamp": stamp, "value": value}
            for stamp, value in zip(stamps, values, strict=True)
        ]
        return cls(points, {}, lines=lines, without_value=without_value, original_stamps=original_stamps)

    def with_fields(self, fields: Mapping[str, object]) -> Self:
        """Return the request with some fields added or replaced; they have the names of `_WIRE_NAMES`."""
        if not fields:
            return self
        added = {self._wire_name(_WIRE_NAMES[name]): value for name, value in fields.items()}
        return replace(self, fields={**self.fields, **added}, original_body=None)

    def part(self, start: int, stop: int) -> Self:
        """Return the request with only some consecutive points."""
        if (start, stop) == (0, len(self.points)):
            return self
        stamps = None if self.original_stamps is None else self.original_stamps[start:stop]
        return replace(
            self, points=self.points[start:stop], original_body=None, lines=None, original_stamps=stamps
        )

    def reordered(self, order: Sequence[int]) -> Self:
        """Return the request with its points in another order."""
        lines = None if self.lines is None else [self.lines[index] for index in order]
        stamps = None if self.original_stamps is None else [self.original_stamps[index] for index in order]
        points = [self.points[index] for index in order]
        return replace(self, points=points, original_body=None, lines=lines, original_stamps=stamps)

    def field(self, name: str) -> object:
        """Return the value of a field of the API, named in snake_case; None if it is absent or null."""
        return in_either_spelling(self.fields, name, pascal=self.pascal_case)

    def has(self, name: str) -> bool:
        """Return whether a field is given and not null."""
        return self.field(name) is not None

    def stamps(self) -> list[str] | None:
        """Return the timestamps, or None if a point has none."""
        found = [self._item(point, "timestamp") for point in self.points]
        texts = [stamp for stamp in found if isinstance(stamp, str)]
        return texts if texts and len(texts) == len(found) else None

    def stamps_as_written(self) -> list[str] | None:
        """Return the timestamps as the file has them, or None if a point has none."""
        return self.stamps() if self.original_stamps is None else list(self.original_stamps)

    def values(self) -> list[float]:
        """Return the values of points that a detection has accepted."""
        return [float(self._item(point, "value")) for point in self.points]

    def body(self) -> bytes:
        """Return the body of the request.

        Raises
        ------
        ContractError
            If JSON cannot represent it: a lone surrogate, or an integer of more than 64 bits.
        """
        if self.original_body is not None:
            return self.original_body
        try:
            return orjson.dumps({self._wire_name("series"): self.points, **self.fields})
        except orjson.JSONEncodeError:
            raise UNREADABLE_BODY.error() from None

    def _item(self, point: object, name: str) -> Any:  # noqa: ANN401  # any JSON value
        return in_either_spelling(point, name, pascal=self.pascal_case) if isinstance(point, dict) else None

    def _wire_name(self, name: str) -> str:
        return pascal_case(name) if self.pascal_case else name


def fields_without_effect(operation: Operation) -> frozenset[str]:
    """Return the fields that an operation does not use."""
    return _DETECT_ONLY if operation is Operation.CHANGE_POINT else _CHANGE_POINT_ONLY
