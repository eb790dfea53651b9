"""The columns that the default mode adds to a table: their names, and what they hold for a block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from anomaly_container.detection.batches.csv_append import Words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from anomaly_container.detection.batches.baseline import Baseline, Scored
    from anomaly_container.detection.batches.csv_append import Column
    from anomaly_container.services.batches.series import SeriesFlags

DECIMALS: Final = 4


def added_names(
    columns: Sequence[str], baseline: Baseline, *, has_compat: bool = False, has_series: bool = False
) -> list[str]:
    """Return the names of the added columns.

    Parameters
    ----------
    columns
        The names of the scored columns.
    baseline
        Any baseline of them, which says what detectors run.
    has_compat
        Whether the names of the original pipeline are added too.
    has_series
        Whether the series detector runs.
    """
    names = [name for column in columns for name in (f"{column}_zscore", f"{column}_zscore_flag")]
    if baseline.joint is not None:
        names += ["joint_score", "joint_flag"]
    if baseline.forest is not None:
        names += ["forest_score", "forest_flag"]
    if has_series:
        names += [f"{column}_series_flag" for column in columns]
    if has_compat:
        names += ["if_label", "if_score", "if_flag"]
    return [*names, "severity", "reason", "anomaly"]


def added_columns(
    scored: Scored,
    columns: Sequence[str],
    is_there: Sequence[bool],
    in_time: SeriesFlags | None = None,
    *,
    has_compat: bool = False,
) -> Iterator[Column]:
    """Yield the added columns of a block, in the order of their names.

    Parameters
    ----------
    scored
        The scores of the block.
    columns
        The names of the scored columns.
    is_there
        Whether the table has each of them.
    in_time
        What the series detector found; None if it does not run.
    has_compat
        As in `added_names`.
    """
    zscores, joint, forest = scored.zscores, scored.joint, scored.forest
    for slot, has_cells in enumerate(is_there):
        has_score = has_cells and bool(zscores.has_flags[slot])
        yield np.round(zscores.z[slot], DECIMALS) if has_score else None
        yield zscores.flags[slot] if has_score else None
    if joint is not None:
        has_score = not np.isnan(joint.u).all()
        yield np.round(joint.u, DECIMALS)
        yield joint.flags if has_score else None
    if forest is not None:
        yield np.round(forest.score, DECIMALS)
        yield None if np.isnan(forest.threshold) else forest.flags
    if in_time is not None:
        for slot, has_cells in enumerate(is_there):
            yield in_time.flags[slot] if has_cells and in_time.has_flags[slot] else None
    if has_compat:
        flags = np.zeros(scored.verdict.anomaly.size, dtype=np.bool_) if joint is None else joint.flags
        yield np.where(flags, -1, 1)
        yield None if joint is None else np.round(joint.threshold - joint.u, DECIMALS)
        yield flags
    yield np.round(scored.verdict.severity, DECIMALS)
    yield Words.of(scored.verdict.reasons(columns))
    yield scored.verdict.anomaly
