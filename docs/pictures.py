"""Draw the pictures of docs/algorithms.md and docs/streams.md with the project's own detection.

`python docs/pictures.py [FOLDER]` writes them as SVG, by default where the pages look for them. The same code
gives the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from anomaly_container.cli.streams.findings import Findings
from anomaly_container.cli.streams.replayed import replayed
from anomaly_container.detection.univariate import (
    ChangePointOptions,
    Granularity,
    Options,
    Series,
    StlRule,
    change_points,
    entire,
)
from anomaly_container.detection.univariate.decomposition.stl import robust_stl
from anomaly_container.process.launch import verb_settings
from anomaly_container.services.streams.chart import svg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.detection.numeric.arrays import FloatArray

FOLDER: Final = Path(__file__).parent / "pictures"
WIDTH: Final = 760
LEFT: Final = 46
RIGHT: Final = 14
HEADING: Final = 26
GAP: Final = 12
INK: Final = "#2b2b2b"
VALUE: Final = "#1f5fa8"
EXPECTED: Final = "#6b6b6b"
BAND: Final = "#cfdff2"
ANOMALY: Final = "#c8321e"


class Panel:
    """One set of axes: points over their index, between the lowest and the highest number drawn.

    Parameters
    ----------
    title
        What stands above it.
    height
        Pixels from top to bottom.
    low, high
        The numbers at the bottom and at the top.
    """

    def __init__(self, title: str, height: int, low: float, high: float) -> None:
        self.title = title
        self.height = height
        self._low = low
        self._high = high
        self._shapes: list[str] = []

    def place(self, values: FloatArray, start: int, total: int) -> list[str]:
        """Return the pixels of values of which the first has the index `start` among `total`."""
        step = (WIDTH - LEFT - RIGHT) / (total - 1)
        heights = self.height * (self._high - values) / (self._high - self._low)
        return [
            f"{LEFT + step * (start + index):.1f},{height:.1f}"
            for index, height in enumerate(heights.tolist())
        ]

    def band(self, lower: FloatArray, upper: FloatArray) -> None:
        """Fill the area between two lines, as far as it is inside the axes."""
        total = lower.size
        lower, upper = (np.clip(edge, self._low, self._high) for edge in (lower, upper))
        corners = [*self.place(upper, 0, total), *reversed(self.place(lower, 0, total))]
        self._shapes.append(f'<polygon points="{" ".join(corners)}" fill="{BAND}"/>')

    def line(self, values: FloatArray, colour: str, dashes: str = "none") -> None:
        """Draw a line through all values."""
        corners = " ".join(self.place(values, 0, values.size))
        self._shapes.append(
            f'<polyline points="{corners}" fill="none" stroke="{colour}" stroke-width="1.5"'
            f' stroke-dasharray="{dashes}"/>'
        )

    def marks(self, values: FloatArray, at: Sequence[int]) -> None:
        """Draw a ring around some of the values."""
        for index in at:
            [place] = self.place(values[index : index + 1], index, values.size)
            x, y = place.split(",")
            self._shapes.append(
                f'<circle cx="{x}" cy="{y}" r="5" fill="none" stroke="{ANOMALY}" stroke-width="2"/>'
            )

    def rule(self, value: float) -> None:
        """Draw a dashed line across at one value."""
        self.line(np.array([value, value]), ANOMALY, "5 4")

    def drawn(self, top: int) -> str:
        """Return the panel, its heading beginning `top` pixels from above."""
        frame = (
            f'<text x="{LEFT}" y="-8" font-weight="bold">{self.title}</text>'
            f'<rect x="{LEFT}" width="{WIDTH - LEFT - RIGHT}" height="{self.height}" fill="none"'
            ' stroke="#b0b0b0"/>'
            f'<text x="{LEFT - 6}" y="10" text-anchor="end">{self._high:g}</text>'
            f'<text x="{LEFT - 6}" y="{self.height}" text-anchor="end">{self._low:g}</text>'
        )
        shapes = "\n".join(self._shapes)
        return f'<g transform="translate(0 {top + HEADING})">\n{frame}\n{shapes}\n</g>'


def picture(name: str, panels: Sequence[Panel]) -> str:
    """Return an SVG of panels one below the other, with a name for those who cannot see it."""
    top, parts = 0, []
    for panel in panels:
        parts.append(panel.drawn(top))
        top += HEADING + panel.height + GAP
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" role="img"'
        f' font-family="sans-serif" font-size="12" fill="{INK}">'
    )
    background = f'<rect width="{WIDTH}" height="{top}" fill="#ffffff"/>'
    return "\n".join([head, f"<title>{name}</title>", background, *parts, "</svg>", ""])


def weekly(days: int) -> FloatArray:
    """Return a week's wave on a slow rise with a little noise : (days,) float64."""
    day = np.arange(days)
    wave = 20 * np.sin(2 * np.pi * day / 7) + 6 * np.cos(4 * np.pi * day / 7)
    noise: FloatArray = np.random.default_rng(7).normal(0, 2, days)
    values: FloatArray = 100 + 0.3 * day + wave + noise
    return values


def judged(values: FloatArray, sensitivity: int, title: str, height: int) -> Panel:
    """Return a panel of a daily series: its values, the band around the expected ones, the anomalies."""
    options = Options(granularity=Granularity.DAILY, sensitivity=sensitivity)
    found = entire(Series.without_gaps(values), options)
    panel = Panel(title, height, 40, 190)
    panel.band(found.expected_values - found.lower_margins, found.expected_values + found.upper_margins)
    panel.line(found.expected_values, EXPECTED, "4 3")
    panel.line(values, VALUE)
    panel.marks(values, np.flatnonzero(found.is_anomaly).tolist())
    return panel


def spiked() -> FloatArray:
    """Return a weekly series with one large spike, one dip, and one small spike : (84,) float64."""
    values = weekly(84)
    values[30] += 45
    values[52] -= 40
    values[66] += 18
    return values


def season() -> str:
    """Draw what an answer to `entire` holds."""
    return picture(
        "A daily series, the expected band and its anomalies",
        [judged(spiked(), 85, "Entire, sensitivity 85", 240)],
    )


def decomposition() -> str:
    """Draw a series and the three parts it is taken apart into."""
    values = spiked()
    parts = robust_stl(values, 7, StlRule.SERVICE)
    rows = [
        ("Values", values, 40, 190, VALUE),
        ("Trend", parts.trend, 40, 190, EXPECTED),
        ("Seasonal component", parts.seasonal, -50, 50, EXPECTED),
        ("Residual", parts.remainder, -50, 50, VALUE),
    ]
    panels = []
    for title, numbers, low, high, colour in rows:
        panel = Panel(title, 90, low, high)
        panel.line(numbers, colour)
        panels.append(panel)
    return picture("A series, its trend, its seasonal component and its residual", panels)


def sensitivity() -> str:
    """Draw the same series at three sensitivities."""
    return picture(
        "The same series at three sensitivities",
        [judged(spiked(), level, f"Sensitivity {level}", 120) for level in (99, 80, 72)],
    )


def breaks() -> str:
    """Draw a series whose trend changes twice, and the confidence scores."""
    noise = np.random.default_rng(11).normal(0, 1.5, 90)
    values = np.concatenate([np.full(30, 60.0), np.linspace(110, 160, 30), np.full(30, 90.0)]) + noise
    options = ChangePointOptions(granularity=Granularity.DAILY, period=0)
    found = change_points(Series.without_gaps(values), options)
    at = np.flatnonzero(found.is_change_point).tolist()
    above = Panel("Values and change points", 150, 40, 190)
    above.line(values, VALUE)
    above.marks(values, at)
    below = Panel("Confidence scores; the line is 1 - threshold", 90, 0, 1)
    below.line(found.confidence_scores, EXPECTED)
    below.rule(0.1)
    below.marks(found.confidence_scores, at)
    return picture("A series whose trend changes twice, and its confidence scores", [above, below])


def sample_of_streams() -> str:
    """Draw the scored part of the sample of streams, as `streams replay sample` does."""
    settings = verb_settings(["Source=sample"], {}, "streams", needs_licence=False)
    findings = Findings()
    for one in replayed(settings).told:
        findings.add(one)
    return svg(findings.series("Replay of sample"))


PICTURES: Final = {
    "season": season,
    "decomposition": decomposition,
    "sensitivity": sensitivity,
    "change-points": breaks,
    "streams-sample": sample_of_streams,
}


def main(folder: Path = FOLDER) -> None:
    """Write every picture."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        (folder / f"{name}.svg").write_text(draw())


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
