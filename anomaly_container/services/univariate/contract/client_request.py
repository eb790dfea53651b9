"""A request in the making: points and chosen fields to the bytes of a request's body."""

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
    """What a request says, before it is written.

    Attributes
    ----------
    points
        The items of the series as they will stand in the body, usually objects of timestamp and value.
    fields
        All other fields under their wire names.
    pascal_case
        Whether the names are in PascalCase.
    is_request
        Whether it was a whole request that was read, which says by itself what it wants.
    written
        The body as it came, as long as nothing of it has changed.
    lines
        The line of the file on which each point stands, where that is known.
    without_value
        Rows of the file that had no value and are no points.
    shown
        The timestamps as the file has them, where the body needs them in another form.
    """

    points: Sequence[Any]
    fields: Mapping[str, object]
    pascal_case: bool = False
    is_request: bool = False
    written: bytes | None = None
    lines: Sequence[int] | None = None
    without_value: int = 0
    shown: Sequence[str] | None = None

    @classmethod
    def of_document(cls, document: Mapping[str, Any], written: bytes) -> Self | None:
        """Return the request that a JSON object asks, or None if it has no list of points."""
        pascal = "Series" in document and "series" not in document
        name = "Series" if pascal else "series"
        points = document.get(name)
        if not isinstance(points, list):
            return None
        fields = {key: value for key, value in document.items() if key != name}
        return cls(points, fields, pascal, bool(fields), written if fields else None)

    @classmethod
    def of_pairs(
        cls,
        stamps: Sequence[str | None],
        values: Sequence[float],
        lines: Sequence[int],
        *,
        without_value: int = 0,
        shown: Sequence[str] | None = None,
    ) -> Self:
        """Return a request about points that carry a timestamp or none."""
        points = [
            {"value": value} if stamp is None else {"timestamp": stamp, "value": value}
            for stamp, value in zip(stamps, values, strict=True)
        ]
        return cls(points, {}, lines=lines, without_value=without_value, shown=shown)

    def with_fields(self, chosen: Mapping[str, object]) -> Self:
        """Return the request with some fields, named as `_WIRE_NAMES` has them, given or replaced."""
        if not chosen:
            return self
        added = {self._spelled(_WIRE_NAMES[name]): value for name, value in chosen.items()}
        return replace(self, fields={**self.fields, **added}, written=None)

    def part(self, start: int, stop: int) -> Self:
        """Return the request about a part of the points."""
        if (start, stop) == (0, len(self.points)):
            return self
        shown = None if self.shown is None else self.shown[start:stop]
        return replace(self, points=self.points[start:stop], written=None, lines=None, shown=shown)

    def reordered(self, order: Sequence[int]) -> Self:
        """Return the request with its points in another order."""
        lines = None if self.lines is None else [self.lines[index] for index in order]
        shown = None if self.shown is None else [self.shown[index] for index in order]
        points = [self.points[index] for index in order]
        return replace(self, points=points, written=None, lines=lines, shown=shown)

    def field(self, name: str) -> object:
        """Return the value of a field of the API, named in snake_case; None if it is absent or null."""
        return in_either_spelling(self.fields, name, pascal=self.pascal_case)

    def has(self, name: str) -> bool:
        """Tell whether a field is given and not null."""
        return self.field(name) is not None

    def stamps(self) -> list[str] | None:
        """Return the timestamps, or None where a point has none."""
        found = [self._part(point, "timestamp") for point in self.points]
        texts = [stamp for stamp in found if isinstance(stamp, str)]
        return texts if texts and len(texts) == len(found) else None

    def stamps_as_written(self) -> list[str] | None:
        """Return the timestamps as the file has them, or None where a point has none."""
        return self.stamps() if self.shown is None else list(self.shown)

    def values(self) -> list[float]:
        """Return the values of points that a detection has accepted."""
        return [float(self._part(point, "value")) for point in self.points]

    def body(self) -> bytes:
        """Return the body of the request.

        Raises
        ------
        ContractError
            If JSON cannot carry it: half of a surrogate pair, an integer of more than 64 bits.
        """
        if self.written is not None:
            return self.written
        try:
            return orjson.dumps({self._spelled("series"): self.points, **self.fields})
        except orjson.JSONEncodeError:
            raise UNREADABLE_BODY.error() from None

    def _part(self, point: object, name: str) -> Any:  # noqa: ANN401 # what JSON had there
        return in_either_spelling(point, name, pascal=self.pascal_case) if isinstance(point, dict) else None

    def _spelled(self, name: str) -> str:
        return pascal_case(name) if self.pascal_case else name


def fields_without_effect(operation: Operation) -> frozenset[str]:
    """Return the fields that an operation does not use."""
    return _DETECT_ONLY if operation is Operation.CHANGE_POINT else _CHANGE_POINT_ONLY
