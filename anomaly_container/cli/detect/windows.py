"""The windows of a series that is too long for one request, and how their results are joined."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias

import numpy as np

from anomaly_container.detection.univariate import ChangePointResult, EntireResult

if TYPE_CHECKING:
    from collections.abc import Sequence

SeriesResult: TypeAlias = EntireResult | ChangePointResult

OVERLAP_SHARE: Final = 2
"""A window overlaps the one before by at least its length divided by this."""


@dataclass(frozen=True, slots=True)
class Window:
    """Points `start` to `stop`; the results of `kept_from` to `kept_to` are used."""

    start: int
    stop: int
    kept_from: int
    kept_to: int

    @classmethod
    def whole(cls, points: int) -> Self:
        """Return the only window of a series that fits into one."""
        return cls(0, points, 0, points)


def windows(points: int, longest: int) -> list[Window]:
    """Return the windows of a series.

    All have the greatest length. Each overlaps the one before by half, and the last by as much as it takes
    to end with the series. The seam lies in the middle of an overlap, and a point on it belongs to the later
    window, so that every point is far from the edges of its window.

    Parameters
    ----------
    points
        The number of points of the series.
    longest
        The greatest number of points of a window.
    """
    if points <= longest:
        return [Window.whole(points)]
    stride = longest - longest // OVERLAP_SHARE
    starts = [*range(0, points - longest, stride), points - longest]
    seams = [
        0,
        *((start + before + longest) // 2 for before, start in pairwise(starts)),
        points,
    ]
    return [
        Window(start, start + longest, low, high)
        for start, low, high in zip(starts, seams, seams[1:], strict=False)
    ]


def joined(results: Sequence[SeriesResult], cut: Sequence[Window]) -> SeriesResult:
    """Return one result, joined from the parts that the windows keep.

    Parameters
    ----------
    results
        One for each window. The period and the detector are those of the first.
    cut
        The windows.
    """
    arrays: dict[str, Any] = {
        field.name: np.concatenate(
            [
                getattr(result, field.name)[window.kept_from - window.start : window.kept_to - window.start]
                for result, window in zip(results, cut, strict=True)
            ]
        )
        for field in fields(results[0])
        if isinstance(getattr(results[0], field.name), np.ndarray)
    }
    return replace(results[0], **arrays)


def describe(points: int, cut: Sequence[Window]) -> str:
    """Return a sentence for people on how a series was cut."""
    length = cut[0].stop - cut[0].start
    overlaps = [before.stop - after.start for before, after in pairwise(cut)]
    text = f"{points:,} points in {len(cut)} windows of {length:,}, each overlapping the one before by"
    text += f" {overlaps[0]:,}"
    if overlaps[-1] != overlaps[0]:
        text += f" (the last by {overlaps[-1]:,})"
    return f"{text}: the seams lie in the middle of the overlaps"
