"""Metering without a connection: records in the usage log, and their sums for the usage pages."""

from __future__ import annotations

import logging
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from anomaly_container.metering.meters import API_TYPE, listed
from anomaly_container.metering.policy import Failure, Outcome
from anomaly_container.metering.usage_log import UsageLog, UsageLogError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from anomaly_container.metering.record_schema import Usage

LOG_NAME: Final = "usage-log.jsonl"
MONTH: Final = re.compile("0?[1-9]|1[0-2]")
YEAR: Final = re.compile("[0-9]{4}")

log = logging.getLogger(__name__)


class InvalidMonthError(Exception):
    """The path does not name a month of a year."""

    MESSAGE: Final = "The month must be a number from 1 to 12, and the year must have four digits."

    def __init__(self) -> None:
        super().__init__(self.MESSAGE)


@dataclass(frozen=True, slots=True)
class FileTransport:
    """The sender of a container without a connection, which appends records to the usage log.

    Attributes
    ----------
    log
        The usage log.
    """

    log: UsageLog

    def send(self, wire: Mapping[str, object]) -> Outcome:
        """Append a record to the log; 201 if it is new, 200 if the log has it already."""
        try:
            appended = self.log.append(wire)
        except UsageLogError as error:
            log.warning("%s No record can follow it: move the log away, and a new one begins.", error)
        except OSError as error:
            log.warning("The usage log cannot be written: %s.", error.strerror)
        else:
            return Outcome(status_code=201 if appended else 200)
        return Outcome(failure=Failure.NO_ANSWER)


def log_path(billing: str, directory: Path) -> Path:
    """Return the file of the usage log.

    Parameters
    ----------
    billing
        The setting `Billing`. A `file:` URI names the file, or its folder if it ends with a slash or that
        folder exists.
    directory
        The folder of the log if `Billing` is not a `file:` URI.
    """
    parts = urlsplit(billing)
    if parts.scheme != "file":
        return directory / LOG_NAME
    text = unquote(parts.path)
    path = Path(text)
    return path / LOG_NAME if text.endswith("/") or path.is_dir() else path


def usage_logs(
    records: Iterable[Usage], meters: Collection[str], month: str | None = None, year: str | None = None
) -> dict[str, object]:
    """Return the answer of `/records/usage-logs/`: the sum of each meter, for all time or for one month.

    Parameters
    ----------
    records
        The records of the log, as `read_records` yields them.
    meters
        The meters of the container's services, which the page lists.
    month, year
        The two parts of the path: 1 to 12 with or without a leading zero, and four digits. A record belongs
        to the month in which its window ends, in UTC.

    Raises
    ------
    InvalidMonthError
        If they do not name a month.
    """
    days = "" if month is None and year is None else _days(month or "", year or "")
    totals: Counter[str] = Counter()
    for usage in records:
        if usage.day.startswith(days):
            totals.update(usage.quantities)
    return {
        "apiType": API_TYPE,
        "serviceName": API_TYPE,
        "meters": [{"name": name, "quantity": quantity} for name, quantity in listed(totals, meters).items()],
    }


def _days(month: str, year: str) -> str:
    """Return the common start of the days of a month."""
    if not MONTH.fullmatch(month) or not YEAR.fullmatch(year):
        raise InvalidMonthError
    return f"{year}-{month:0>2}-"
