"""A chart as SVG: response time on one axis, score on the other, anomalies as black dots."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from anomaly_container.services.streams.report import HourReport

LEFT: Final = 64
RIGHT: Final = 52
TOP: Final = 34
BOTTOM: Final = 30
TICKS: Final = 5
DAY: Final = 86_400
SPREAD: Final = 20.0
"""The ratio of largest to median response time from which the axis is logarithmic."""
STYLE: Final = """
text{font:12px system-ui,sans-serif;fill:#52606d}
.grid{stroke:#e6ebf0}
.response{stroke:#2b4c7e;fill:none}
.score{stroke:#c2410c;fill:none}
.threshold{stroke:#c2410c;stroke-dasharray:6 4}
.anomaly{fill:#000}
.response-label{fill:#2b4c7e}
.score-label{fill:#c2410c}
@media(prefers-color-scheme:dark){text{fill:#a3b1bf}.grid{stroke:#28333e}.response{stroke:#93b8f0}
.anomaly{stroke:#fff}.response-label{fill:#93b8f0}.score-label{fill:#fb923c}}
"""


@dataclass(slots=True)
class Series:
    """The data of a chart.

    Attributes
    ----------
    start, end
        The time at the left and at the right, in seconds since 1970.
    points
        Time, response time in milliseconds (None if missing) and score, by time.
    columns
        Time, least and largest response time (None if missing), least and largest score.
    anomalies
        Time, response time and score of each dot.
    threshold
        The value of the line; None for no line.
    title
        The title above the chart.
    median
        The median of the response time, which decides whether its axis is logarithmic.
    """

    start: float
    end: float
    points: Sequence[Sequence[float | None]] = ()
    columns: Sequence[Sequence[float | None]] = ()
    anomalies: Sequence[Sequence[float | None]] = ()
    threshold: float | None = None
    title: str = ""
    median: float | None = None

    @classmethod
    def of(cls, report: HourReport) -> Series:
        """Return the data of the chart of a report."""
        return cls(
            start=report.hour,
            end=report.hour + 3600,
            points=report.trace["points"],
            columns=report.trace["columns"],
            anomalies=report.trace["anomalies"],
            threshold=report.threshold,
            title=f"{report.stream}, {_clock(report.hour, '%Y-%m-%d %H:%M')} UTC",
            median=report.response_time["p50"],
        )


@dataclass(frozen=True, slots=True)
class _Axis:
    place: Callable[[float], float]
    ticks: Sequence[float]


def svg(series: Series, width: int = 1000, height: int = 320) -> str:
    """Return a chart as an SVG document that refers to nothing outside.

    Parameters
    ----------
    series
        The data.
    width, height
        Its size in pixels.
    """
    times = _Axis(
        lambda time: LEFT + (width - LEFT - RIGHT) * (time - series.start) / (series.end - series.start),
        _times(series.start, series.end),
    )
    responses, scores = _axes(series, height)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        "<title>Response time and score</title>",
        f"<style>{STYLE}</style>",
        f'<text x="{LEFT}" y="16">{escape(series.title)}</text>',
        *_frame(times, responses, scores, width, height),
        *_lines(series, times, responses, scores),
    ]
    if series.threshold is not None:
        y = _text(scores.place(series.threshold))
        parts.append(f'<path class="threshold" d="M{LEFT} {y}H{width - RIGHT}"/>')
    dots = (
        f'<circle class="anomaly" cx="{_text(times.place(time))}" cy="{_text(scores.place(score))}" r="3"/>'
        for time, _, score in series.anomalies
        if time is not None and score is not None
    )
    return "".join([*parts, *dots, "</svg>\n"])


def _axes(series: Series, height: int) -> tuple[_Axis, _Axis]:
    responses = [value for point in series.points for value in (point[1],) if value is not None]
    responses += [value for column in series.columns for value in (column[1], column[2]) if value is not None]
    scores = [value for point in series.points for value in (point[2],) if value is not None]
    scores += [value for column in series.columns for value in (column[3], column[4]) if value is not None]
    scores += [] if series.threshold is None else [series.threshold]
    least, largest = min(responses, default=0.0), max(responses, default=1.0)
    if least > 0 and largest > SPREAD * (series.median or largest):
        return _logarithmic(least, largest, height), _linear(scores, height)
    return _linear([0.0, *responses], height), _linear([0.0, *scores], height)


def _linear(values: Iterable[float], height: int) -> _Axis:
    known = [0.0, *values]
    low, high = min(known), max(known)
    step = _step((high - low) / TICKS) if high > low else 0.2
    first, last = math.floor(low / step), math.ceil(high / step) or 1
    ticks = [number * step for number in range(first, last + 1)]
    return _Axis(_scale(ticks[0], ticks[-1], height), ticks)


def _logarithmic(least: float, largest: float, height: int) -> _Axis:
    first, last = math.floor(math.log10(least)), math.ceil(math.log10(largest))
    place = _scale(first, max(last, first + 1), height)
    ticks = [10.0**power for power in range(first, max(last, first + 1) + 1)]
    return _Axis(lambda value: place(math.log10(max(value, 10.0**first))), ticks)


def _scale(low: float, high: float, height: int) -> Callable[[float], float]:
    return lambda value: height - BOTTOM - (height - TOP - BOTTOM) * (value - low) / (high - low)


def _step(least: float) -> float:
    """Return 1, 2 or 5 times a power of ten that is not less."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least * 0.999)


def _times(start: float, end: float) -> list[float]:
    steps = (60, 300, 600, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 604_800, 2_592_000)
    step = next((step for step in steps if (end - start) / step <= 12), 31_536_000)
    return [number * step for number in range(math.ceil(start / step), math.floor(end / step) + 1)]


def _frame(times: _Axis, responses: _Axis, scores: _Axis, width: int, height: int) -> list[str]:
    day = times.ticks[-1] - times.ticks[0] > DAY if times.ticks else False
    parts = [
        f'<text x="{LEFT - 8}" y="{TOP - 6}" text-anchor="end" class="response-label">ms</text>',
        f'<text x="{width - 4}" y="{TOP - 6}" text-anchor="end" class="score-label">score</text>',
    ]
    for value in responses.ticks:
        y = _text(responses.place(value))
        label = f'<text x="{LEFT - 8}" y="{y}" dy="4" text-anchor="end">{value:g}</text>'
        parts.append(f'<path class="grid" d="M{LEFT} {y}H{width - RIGHT}"/>{label}')
    places = ((value, _text(scores.place(value))) for value in scores.ticks)
    parts += [f'<text x="{width - RIGHT + 6}" y="{y}" dy="4">{value:.3g}</text>' for value, y in places]
    moments = ((_text(times.place(value)), _label(value, day=day)) for value in times.ticks)
    y = str(height - 10)
    return [*parts, *(f'<text x="{x}" y="{y}" text-anchor="middle">{label}</text>' for x, label in moments)]


def _lines(series: Series, times: _Axis, responses: _Axis, scores: _Axis) -> list[str]:
    drawn = (("response", responses, 1, (1, 2)), ("score", scores, 2, (3, 4)))
    parts = []
    for name, axis, place, (low, high) in drawn:
        line = [
            f"{_text(times.place(point[0]))} {_text(axis.place(value))}"
            for point in series.points
            if point[0] is not None and (value := point[place]) is not None
        ]
        bars = [
            f"M{_text(times.place(column[0]))} {_text(axis.place(least))}V{_text(axis.place(most) - 0.5)}"
            for column in series.columns
            if column[0] is not None
            and (least := column[low]) is not None
            and (most := column[high]) is not None
        ]
        if line:
            parts.append(f'<path class="{name}" d="M{"L".join(line)}"/>')
        if bars:
            parts.append(f'<path class="{name}" d="{"".join(bars)}"/>')
    return parts


def _label(time: float, *, day: bool) -> str:
    """Return the time of a tick; over more than a day its midnights are dates."""
    return _clock(time, "%m-%d" if day and time % DAY == 0 else "%H:%M")


def _clock(time: float, form: str) -> str:
    return datetime.fromtimestamp(time, UTC).strftime(form)


def _text(number: float) -> str:
    return f"{number:.1f}"
