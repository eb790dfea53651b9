"""The rewriting of timestamps as ISO 8601: the parts are located once per layout and cut out of each text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, Self

from anomaly_container.services.univariate.contract.date_forms import MONTHS, WEEKDAYS
from anomaly_container.services.univariate.contract.errors import MALFORMED_POINT, UNCLEAR_TIMESTAMP

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Mapping

# The parts of ISO 8601: the mark before each, and its text if it is absent.
_PARTS: Final = {
    "year": ("", "0000"),
    "month": ("-", "01"),
    "day": ("-", "01"),
    "hour": ("T", "00"),
    "minute": (":", "00"),
    "second": (":", "00"),
    "fraction": (".", "000000000"),
    "sign": ("", "+"),
    "offset_hours": ("", "00"),
    "offset_minutes": (":", "00"),
}
_DATE: Final = slice(0, len("2020-01-01"))
_NOON: Final = 12
_HOURS_AM: Final = {str(hour).zfill(width): f"{hour % _NOON:02}" for hour in range(13) for width in (1, 2)}
# pandas reads 0 PM as midnight; it is not a valid time.
_HOURS_PM: Final = {
    str(hour).zfill(width): f"{hour % _NOON + _NOON}" for hour in range(1, 13) for width in (1, 2)
}


@dataclass(frozen=True, slots=True, eq=False)
class Rewriting:
    """How texts of one layout, which differ only in their digits, are rewritten as ISO 8601.

    Attributes
    ----------
    cut
        Returns the parts of a text, as a tuple if there are several.
    template
        ISO 8601 with a place for each part.
    hour_place
        The index of the hour among the parts; None if there is no hour.
    hours
        From an hour of the 12-hour clock to that of the 24-hour clock; None if the text uses the latter.
    weekday
        The weekday that the texts name, counted from Monday; None if they name none.
    """

    cut: Callable[[str], Any]
    template: str
    hour_place: int | None
    hours: Mapping[str, str] | None
    weekday: int | None

    @classmethod
    def of(cls, match: re.Match[str]) -> Self:
        """Return the rewriting of a text from the match of its form."""
        found = match.groupdict("")
        month = found.get("name", "")[:3].lower()
        half = found.get("half", "")[:1].lower()
        weekday = found.get("weekday", "")[:3].lower()
        cuts: list[slice] = []
        template = ""
        hour_place = None
        for part, (mark, absent) in _PARTS.items():
            template += mark
            if part == "month" and month:
                template += f"{MONTHS.index(month) + 1:02}"
            elif not found.get(part):
                template += absent
            else:
                start, end = match.span(part)
                missing = "0" * (len(absent) - (end - start))
                if part == "hour":
                    hour_place = len(cuts)
                    missing = "" if half else missing
                template += f"%s{missing}" if part == "fraction" else f"{missing}%s"
                cuts.append(slice(start, min(end, start + len(absent))))
        return cls(
            itemgetter(*cuts),
            template,
            hour_place,
            {"a": _HOURS_AM, "p": _HOURS_PM}.get(half),
            WEEKDAYS.index(weekday) if weekday else None,
        )

    def iso_8601(self, text: str) -> str:
        """Return one of the texts as ISO 8601.

        Raises
        ------
        ContractError
            If the 12-hour clock has no such hour, or if the weekday is not that of the date.
        """
        parts = self.cut(text)
        if self.hours is not None and self.hour_place is not None:
            hour = self.hours.get(parts[self.hour_place])
            if hour is None:
                raise MALFORMED_POINT.error()
            parts = (*parts[: self.hour_place], hour, *parts[self.hour_place + 1 :])
        written: str = self.template % parts
        if self.weekday is not None:
            _check_weekday(self.weekday, written[_DATE])
        return written


def _check_weekday(weekday: int, day: str) -> None:
    try:
        found = date.fromisoformat(day).weekday()
    except ValueError:
        return  # `read_iso_8601` refuses the date
    if found != weekday:
        raise UNCLEAR_TIMESTAMP.error(trouble="has a weekday that is not that of its date")
