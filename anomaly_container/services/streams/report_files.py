"""The reports of a stream in a folder, of which the last hours are kept."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import orjson

from anomaly_container.services.streams import chart, report_page, report_table

if TYPE_CHECKING:
    from pathlib import Path

    from anomaly_container.services.streams.report import HourReport

JSON: Final = "json"
PATTERN: Final = "%Y-%m-%dT%HZ"
NAME: Final = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}Z)\.(?:json|csv|html|svg)")


class ReportFiles:
    """Writes each report in its forms, by a rename, and removes those that are too old.

    The JSON is always written: other forms are made from it later.

    Parameters
    ----------
    folder
        The folder.
    forms
        json, csv, html, svg.
    hours
        The number of hours that are kept.
    """

    def __init__(self, folder: Path, forms: tuple[str, ...], hours: int) -> None:
        self._folder, self._forms, self._hours = folder, {JSON, *forms}, hours

    def write(self, report: HourReport) -> None:
        """Write a report.

        Raises
        ------
        OSError
            If the disk is full.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for form in sorted(self._forms):
            path = self._path(report.hour, form)
            draft = path.with_name(f"{path.name}.draft")
            draft.write_bytes(rendered(report, form))
            draft.rename(path)
        for hour in self.hours()[: -self._hours]:
            for path in self._folder.glob(f"{_name(hour)}.*"):
                path.unlink(missing_ok=True)

    def hours(self) -> list[int]:
        """Return the hours of which there is a report, by the second in which they begin."""
        try:
            found = {match[1] for path in self._folder.iterdir() if (match := NAME.fullmatch(path.name))}
        except FileNotFoundError:
            return []
        return sorted(int(datetime.strptime(name, PATTERN).replace(tzinfo=UTC).timestamp()) for name in found)

    def read(self, hour: int) -> bytes | None:
        """Return the JSON of a report; None if it does not exist."""
        try:
            return self._path(hour, JSON).read_bytes()
        except FileNotFoundError:
            return None

    def _path(self, hour: int, form: str) -> Path:
        return self._folder / f"{_name(hour)}.{form}"


def rendered(report: HourReport, form: str) -> bytes:
    """Return a report in a form: json, csv, html or svg."""
    if form == JSON:
        return orjson.dumps(report.document())
    if form == "csv":
        return report_table.csv(report).encode()
    if form == "html":
        return report_page.html(report).encode()
    return chart.svg(chart.Series.of(report)).encode()


def _name(hour: int) -> str:
    return datetime.fromtimestamp(hour, UTC).strftime(PATTERN)
