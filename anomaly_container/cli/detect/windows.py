"""A series longer than one request may carry: which windows are asked, and whose verdict each point gets."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias

import numpy as np

from anomaly_container.detection.univariate import ChangePointResult, EntireResult

if TYPE_CHECKING:
    from collections.abc import Sequence

Judged: TypeAlias = EntireResult | ChangePointResult

OVERLAP_SHARE: Final = 2
"""A window shares at least its length divided by this with the one before."""


@dataclass(frozen=True, slots=True)
class Window:
    """Points `start` to `stop`, of which the verdicts on `kept_from` to `kept_to` are taken."""

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

    All are as long as can be; each overlaps the one before by half, the last by as much as it takes to end
    with the series. The seam lies in the middle of an overlap, and a point on it belongs to the later window:
    every point is judged where the edge is far.

    Parameters
    ----------
    points
        Points of the series.
    longest
        Points that a window may have.
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


def joined(results: Sequence[Judged], cut: Sequence[Window]) -> Judged:
    """Return one result of the verdicts that each window keeps.

    Parameters
    ----------
    results
        One for each window; the period and the detector are those of the first.
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
    """Return how a series was cut, for people."""
    length = cut[0].stop - cut[0].start
    overlaps = [before.stop - after.start for before, after in pairwise(cut)]
    text = f"{points:,} points in {len(cut)} windows of {length:,}, each overlapping the one before by"
    text += f" {overlaps[0]:,}"
    if overlaps[-1] != overlaps[0]:
        text += f" (the last by {overlaps[-1]:,})"
    return f"{text}: the seams lie in the middle of the overlaps"
