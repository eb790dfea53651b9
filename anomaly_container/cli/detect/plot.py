"""A picture of a series, its band and the findings."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from anomaly_container.cli.detect.downsample import column_starts, highest, lowest, means, whole_seasons
from anomaly_container.cli.detect.input import FileError
from anomaly_container.cli.detect.output import summary
from anomaly_container.detection.univariate import ChangePointResult, EntireResult, LastResult
from anomaly_container.services.univariate.contract.timestamps import to_nanoseconds

if TYPE_CHECKING:
    from anomaly_container.cli.detect.windowed import Detection
    from anomaly_container.detection.numeric.arrays import FloatArray
    from anomaly_container.services.univariate.contract.response import Result

# matplotlib is optional, so its types may be missing.
Axes: TypeAlias = Any
Moments: TypeAlias = Any
Bounds: TypeAlias = "tuple[FloatArray, FloatArray, FloatArray]"

SUFFIXES: Final = (".png", ".svg")
_MANY_POINTS: Final = 400
# From here on there are more points than pixels across.
_DENSE_POINTS: Final = 3000
_COLUMNS: Final = 1200
_INK, _GREY, _BAND, _EXPECTED = "#30363d", "#b4bcc6", "#9ecae1", "#3182bd"
_ABOVE, _BELOW, _CHANGE = "#d62728", "#1f3fbf", "#8e24aa"


def check_plot(path: Path) -> None:
    """Refuse a picture that cannot be drawn, before any work is done.

    Raises
    ------
    FileError
        If the kind of picture is unknown or matplotlib is not installed.
    """
    if path.suffix.lower() not in SUFFIXES:
        reason = f"--plot takes a name that ends in {' or '.join(SUFFIXES)}"
        raise FileError(reason)
    if find_spec("matplotlib") is None:
        reason = "--plot needs matplotlib: pip install 'anomaly-container[plot]'"
        raise FileError(reason)


def plot(detection: Detection, title: str, path: Path) -> None:
    """Draw values, expected values, band and findings.

    Raises
    ------
    FileError
        If the picture cannot be written.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415  # the optional extra

    figure = Figure(figsize=(12, 4.8), dpi=120, layout="constrained")
    axes = figure.subplots()
    values = np.array(detection.request.values())
    moments = _moments(detection, values.size)
    _draw_verdicts(axes, moments, values, detection.result)
    axes.set_title(f"{Path(title).name}: {summary(detection)}", loc="left", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(visible=True, color="#e5e5e5", linewidth=0.6)
    axes.margins(x=0.01, y=0.06)
    axes.set_axisbelow(True)
    if detection.request.stamps() is None:
        axes.set_xlabel("point")
    figure.legend(loc="outside lower center", ncols=5, frameon=False, fontsize=9)
    try:
        figure.savefig(path, metadata={"Date": None} if path.suffix.lower() == ".svg" else None)
    except OSError as error:
        reason = f"{path}: {error.strerror}"
        raise FileError(reason) from None


def _moments(detection: Detection, count: int) -> Moments:
    stamps = detection.request.stamps()
    return np.arange(1, count + 1) if stamps is None else to_nanoseconds(stamps).view("datetime64[ns]")


def _draw_verdicts(axes: Axes, moments: Moments, values: FloatArray, result: Result) -> None:
    """Draw each point, or columns if there are many points, and the findings in front."""
    bounds = None
    if isinstance(result, EntireResult):
        expected = result.expected_values
        bounds = expected - result.lower_margins, expected, expected + result.upper_margins
    if values.size > _DENSE_POINTS:
        _draw_columns(axes, moments, values, bounds, result.period)
    else:
        _draw_points(axes, moments, values, bounds)
    _draw_findings(axes, moments, values, result)


def _draw_points(axes: Axes, moments: Moments, values: FloatArray, bounds: Bounds | None) -> None:
    few = values.size <= _MANY_POINTS
    width = 1.3 if few else 0.7
    if bounds is not None:
        low, expected, high = bounds
        axes.fill_between(moments, low, high, color=_BAND, alpha=0.55, linewidth=0, label="band", zorder=1)
        axes.plot(moments, expected, color=_EXPECTED, linewidth=width, label="expected", zorder=2)
    axes.plot(
        moments,
        values,
        color=_INK,
        linewidth=width,
        marker="." if few else None,
        markersize=4,
        label="value",
        zorder=3,
    )


def _draw_columns(
    axes: Axes, moments: Moments, values: FloatArray, bounds: Bounds | None, period: int
) -> None:
    """Draw the extremes of columns: lines through so many points would hide each other."""
    starts = column_starts(values.size, _COLUMNS)
    at = moments[starts]
    axes.fill_between(
        at,
        lowest(values, starts),
        highest(values, starts),
        color=_GREY,
        linewidth=0.3,
        label="values, least to largest",
        zorder=1.5,
    )
    if bounds is None:
        return
    low, expected, high = bounds
    edges = lowest(low, starts), highest(high, starts)
    # In front of the values, so that only those outside the band stay grey.
    axes.fill_between(at, *edges, color=_BAND, alpha=0.6, linewidth=0, label="band, outermost", zorder=2)
    each = whole_seasons(values.size, starts.size, period)
    label = f"expected, mean of {each} points"
    starts = np.arange(0, values.size - each + 1, each)
    middle = moments[starts + each // 2]
    axes.plot(middle, means(expected, each), color=_EXPECTED, linewidth=1.2, label=label, zorder=3)


def _draw_findings(axes: Axes, moments: Moments, values: FloatArray, result: Result) -> None:
    if isinstance(result, ChangePointResult):
        for index, moment in enumerate(moments[result.is_change_point]):
            axes.axvline(
                moment, color=_CHANGE, linewidth=1.6, label="change point" if not index else None, zorder=4
            )
        return
    if isinstance(result, LastResult):
        axes.errorbar(
            moments[-1:],
            [result.expected_value],
            yerr=[[result.lower_margin], [result.upper_margin]],
            color=_EXPECTED,
            fmt="_",
            markersize=12,
            capsize=5,
            label="expected and band",
            zorder=4,
        )
        above, below = np.zeros(values.size, np.bool_), np.zeros(values.size, np.bool_)
        above[-1], below[-1] = result.is_positive_anomaly, result.is_negative_anomaly
    else:
        above, below = result.is_positive_anomaly, result.is_negative_anomaly
    for flags, colour, shape, label in ((above, _ABOVE, "^", "above"), (below, _BELOW, "v", "below")):
        if flags.any():
            axes.scatter(
                moments[flags],
                values[flags],
                s=42 if values.size <= _MANY_POINTS else 26,
                color=colour,
                marker=shape,
                edgecolors="white",
                linewidths=0.6,
                label=f"anomaly {label}",
                zorder=5,
            )
