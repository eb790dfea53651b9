"""The report of the metering endpoint: its query, and the usage as JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from anomaly_container.web.errors import ShellError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from anomaly_container.services.meter.store import DailyUsage

PARAMETERS: Final = ("from", "to", "format")
CSV_HEADER: Final = ("containerId", "day", "meter", "quantity")


class ReportFormat(StrEnum):
    """The format of a report."""

    JSON = "json"
    CSV = "csv"

    @property
    def content_type(self) -> str:
        """The media type of the response."""
        return "text/csv" if self is ReportFormat.CSV else "application/json"


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """The query of a report.

    Attributes
    ----------
    first, last
        The first and the last UTC day as YYYY-MM-DD, both included; None for no bound.
    format
        The format of the report.
    """

    first: str | None
    last: str | None
    format: ReportFormat


def parse_query(pairs: Iterable[tuple[str, str]], accept: str) -> ReportQuery:
    """Return the query from the query string and the header `Accept`.

    Raises
    ------
    ShellError
        With status 400 for a parameter that is unknown, given twice or wrong.
    """
    given: dict[str, str] = {}
    for name, value in pairs:
        if name not in PARAMETERS or name in given:
            raise ShellError(400, message=f"The query may have each of {', '.join(PARAMETERS)} once.")
        given[name] = value
    first, last = (_day(given[name], name) if name in given else None for name in ("from", "to"))
    if first and last and last < first:
        raise ShellError(400, message="'to' must not be before 'from'.")
    return ReportQuery(first, last, _format(given.get("format"), accept))


def render(usage: Sequence[DailyUsage], query: ReportQuery) -> bytes:
    """Return the report in the format of the query."""
    return _as_csv(usage) if query.format is ReportFormat.CSV else _as_json(usage, query)


def _day(text: str, name: str) -> str:
    # ISO 8601 has other forms of a day; this one sorts as text.
    try:
        if date.fromisoformat(text).isoformat() == text:
            return text
    except ValueError:
        pass
    raise ShellError(400, message=f"'{name}' must be a day like 2026-03-01.")


def _format(name: str | None, accept: str) -> ReportFormat:
    if name is None:
        return _preferred(accept)
    try:
        return ReportFormat(name)
    except ValueError:
        raise ShellError(400, message=f"'format' must be one of {', '.join(ReportFormat)}.") from None


def _preferred(accept: str) -> ReportFormat:
    """Return CSV if the client prefers it to JSON."""
    weights = dict(map(_weighted, accept.casefold().split(",")))
    anything = weights.get("*/*", 0.0)
    as_csv = weights.get("text/csv", weights.get("text/*", anything))
    as_json = weights.get("application/json", weights.get("application/*", anything))
    return ReportFormat.CSV if as_csv > as_json else ReportFormat.JSON


def _weighted(media_range: str) -> tuple[str, float]:
    media_type, *parameters = (part.strip() for part in media_range.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return media_type, float(value)
            except ValueError:
                return media_type, 0.0
    return media_type, 1.0


def _as_json(usage: Sequence[DailyUsage], query: ReportQuery) -> bytes:
    totals: Counter[str] = Counter()
    for row in usage:
        totals[row.meter] += row.quantity
    report = {
        "from": query.first,
        "to": query.last,
        "usage": [
            {
                "containerId": row.container_id,
                "day": row.day,
                "meter": row.meter,
                "quantity": row.quantity,
            }
            for row in usage
        ],
        "totals": [{"name": name, "quantity": quantity} for name, quantity in sorted(totals.items())],
    }
    return json.dumps(report, separators=(",", ":")).encode()


def _as_csv(usage: Sequence[DailyUsage]) -> bytes:
    """Return one line for each row, and no totals: a sum of the last column would count them again."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(CSV_HEADER)
    writer.writerows((row.container_id, row.day, row.meter, row.quantity) for row in usage)
    return text.getvalue().encode()
