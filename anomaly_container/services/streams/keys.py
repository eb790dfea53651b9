"""A window of values for each key, whose newest value the univariate detector judges."""

from __future__ import annotations

import base64
import math
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from anomaly_container.detection.univariate import Granularity, Options, Series, last
from anomaly_container.services.streams.key_window import KeyWindow

if TYPE_CHECKING:
    from collections.abc import Mapping


LEAST_VALUES: Final = 12
LARGEST: Final = 1e100
"""The largest value that the detector accepts."""
SECONDS: Final = {
    Granularity.SECONDLY: 1,
    Granularity.MINUTELY: 60,
    Granularity.HOURLY: 3600,
    Granularity.DAILY: 86_400,
    Granularity.WEEKLY: 604_800,
}
MONTHS: Final = {Granularity.MONTHLY: 1, Granularity.YEARLY: 12}


@dataclass(frozen=True, slots=True)
class KeyRules:
    """The rules of windows.

    Attributes
    ----------
    options
        The options of the detector, with the granularity and interval of the slots.
    window
        The number of slots in a window.
    every
        The values of the newest slot that are judged: every one, every second, and so on.
    most
        The largest number of keys with a window; the least recently seen makes room.
    idle_seconds
        A key is forgotten if its last event is so much older than the newest event of all.
    """

    options: Options
    window: int = 96
    every: int = 1
    most: int = 10_000
    idle_seconds: float = 86_400.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict of the detector on the newest value of a window; numbers are in the unit of the value.

    Attributes
    ----------
    expected_value, upper_margin, lower_margin
        The expected value, and the margins within which a value is not an anomaly.
    severity
        0 to 1.
    period
        The season in slots; 0 if there is no season.
    suggested_window
        The number of values that the detector recommends.
    is_anomaly, is_positive_anomaly, is_negative_anomaly
        True if it is an anomaly, and on which side.
    """

    expected_value: float
    upper_margin: float
    lower_margin: float
    severity: float
    period: int
    suggested_window: int
    is_anomaly: bool
    is_positive_anomaly: bool
    is_negative_anomaly: bool


class KeyWindows:
    """The windows of the keys of a partition, as a function of its events.

    Memory is about `keys * (8 * window + 400)` bytes.

    Parameters
    ----------
    rules
        The rules.

    Attributes
    ----------
    evicted
        The number of forgotten keys: because there were too many (`full`), or nothing came (`idle`).

    Examples
    --------
    >>> windows = KeyWindows(KeyRules(Options(Granularity.MINUTELY)))
    >>> for minute in range(30):
    ...     verdict = windows.take("checkout", 60.0 * minute, 10.0 + minute % 2)
    >>> verdict.is_anomaly, windows.take("checkout", 1800.0, 99.0).is_anomaly
    (False, True)
    """

    def __init__(self, rules: KeyRules) -> None:
        self._rules = rules
        self._windows: dict[str, KeyWindow] = {}
        """By key; the least recently seen is first."""
        self._time = -math.inf
        self.evicted: Counter[str] = Counter()

    def __len__(self) -> int:
        """Return the number of keys with a window."""
        return len(self._windows)

    def take(self, key: str, time: float, value: float) -> Verdict | None:
        """Take a value, and return the verdict if it is in the newest slot of its key and there are enough.

        Parameters
        ----------
        key
            The key.
        time
            The time of the event, in seconds since 1970.
        value
            A finite number of at most 1e100; others are left out.
        """
        if not abs(value) <= LARGEST:
            return None
        window = self._windows.pop(key, None) or KeyWindow(self._rules.window)
        self._windows[key] = window
        window.time = max(window.time, time)
        self._time = max(self._time, time)
        self._forget()
        is_newest = window.put(self._slot(time), value)
        if not is_newest or window.seen % self._rules.every:
            return None
        series = window.series()
        return judged(series, self._rules.options) if series.values.size >= LEAST_VALUES else None

    def document(self) -> dict[str, Any]:
        """Return the windows as JSON; equal ones have equal documents."""
        rules = self._rules
        return {
            "grid": [rules.options.granularity.value, rules.options.interval, rules.window],
            "time": self._time if math.isfinite(self._time) else None,
            "keys": [
                [
                    key,
                    one.newest,
                    one.seen,
                    one.time,
                    base64.b64encode(one.values.astype("<f8").tobytes()).decode(),
                ]
                for key, one in self._windows.items()
            ],
        }

    def restore(self, document: Mapping[str, Any]) -> None:
        """Restore the state that `document` returned, unless its slots differ from those of the rules.

        Raises
        ------
        ValueError
            If a window does not have its size.
        """
        rules = self._rules
        if document["grid"] != [rules.options.granularity.value, rules.options.interval, rules.window]:
            return
        self._time = -math.inf if document["time"] is None else float(document["time"])
        for key, newest, seen, time, values in document["keys"]:
            window = self._windows[key] = KeyWindow(rules.window)
            window.newest, window.seen, window.time = newest, seen, float(time)
            window.values[:] = np.frombuffer(base64.b64decode(values), "<f8")

    def _slot(self, time: float) -> int:
        options = self._rules.options
        if options.granularity in SECONDS:
            return math.floor(time / (SECONDS[options.granularity] * options.interval))
        moment = datetime.fromtimestamp(time, UTC)
        return (moment.year * 12 + moment.month - 1) // (MONTHS[options.granularity] * options.interval)

    def _forget(self) -> None:
        while len(self._windows) > self._rules.most:
            self._forget_first("full")
        oldest = self._time - self._rules.idle_seconds
        while self._windows and next(iter(self._windows.values())).time < oldest:
            self._forget_first("idle")

    def _forget_first(self, why: str) -> None:
        del self._windows[next(iter(self._windows))]
        self.evicted[why] += 1


def judged(series: Series, options: Options) -> Verdict:
    """Return the verdict on the last value of a series; a number that JSON cannot represent becomes 0.

    Parameters
    ----------
    series
        12 values or more.
    options
        The options of the detector.
    """
    result = last(series, options)
    numbers = (result.expected_value, result.upper_margin, result.lower_margin, result.severity)
    expected, upper, lower, severity = (number if math.isfinite(number) else 0.0 for number in numbers)
    return Verdict(
        expected_value=expected,
        upper_margin=upper,
        lower_margin=lower,
        severity=severity,
        period=result.period,
        suggested_window=result.suggested_window,
        is_anomaly=result.is_anomaly,
        is_positive_anomaly=result.is_positive_anomaly,
        is_negative_anomaly=result.is_negative_anomaly,
    )
