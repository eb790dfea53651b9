"""Counts over the blocks of a table, for its summary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from anomaly_container.services.batches.scored import Scored

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from anomaly_container.detection.batches.baseline import Scored as ScoredBlock
    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray
    from anomaly_container.services.batches.scorable import Scorable


class Tally:
    """Counts over the blocks of one table.

    Parameters
    ----------
    columns
        The scored columns.
    places
        Their places in the header; None for one that is missing.
    time_place
        The place of the time column; None if there is none.

    Attributes
    ----------
    rows
        The rows so far.
    bad_cells
        Cells of each column that are text, so far.
    """

    def __init__(
        self, columns: tuple[str, ...], places: Sequence[int | None], time_place: int | None
    ) -> None:
        self._columns = columns
        self._places = places
        self._time_place = time_place
        self._first_time: str | None = None
        self._last_time: str | None = None
        self._anomalies = 0
        self._by_detector: dict[str, int] = {}
        self._flagged = np.zeros(len(columns), dtype=np.int64)
        self._band: dict[str, dict[str, object]] = {}
        self._strongest = 0.0, ""
        self.rows = 0
        self.bad_cells = np.zeros(len(columns), dtype=np.int64)

    def read(self, part: Scorable) -> None:
        """Count a block that is not scored yet."""
        rows = part.values.shape[0]
        self.rows += rows
        self.bad_cells += part.bad_cells
        if self._time_place is not None and rows:
            if self._first_time is None:
                [self._first_time] = part.block.text(self._time_place, slice(0, 1))
            [self._last_time] = part.block.text(self._time_place, slice(rows - 1, rows))

    def flag(self, detector: str, rows: int) -> None:
        """Count the flagged rows of a detector."""
        self._by_detector[detector] = self._by_detector.get(detector, 0) + rows

    def add(self, part: Scorable, scored: ScoredBlock) -> None:
        """Count a block of the default mode."""
        self.read(part)
        zscores, verdict = scored.zscores, scored.verdict
        self._flagged += zscores.flags.sum(axis=1)
        self.flag("zscore", int(zscores.flags.any(axis=0).sum()))
        if scored.joint is not None:
            self.flag("joint", int(scored.joint.flags.sum()))
        if scored.forest is not None:
            self.flag("forest", int(scored.forest.flags.sum()))
        self._anomalies += int(verdict.anomaly.sum())
        known = np.nan_to_num(verdict.severity)
        if verdict.anomaly.any():
            known = np.where(verdict.anomaly, known, 0.0)
            row = int(known.argmax())
            if known[row] > self._strongest[0]:
                self._strongest = float(known[row]), verdict.reasons(self._columns)[row]
        self._band = {
            name: {"mean": _number(centre), "std": _number(scale), "threshold": _number(limit)}
            for name, centre, scale, limit in zip(
                self._columns, zscores.centre, zscores.scale, zscores.threshold, strict=True
            )
        }

    def add_compat(self, flags: BoolArray, isolated: BoolArray, anomaly: BoolArray) -> None:
        """Count a block of the compat mode: z-score flags (n, C), flags of the forest and anomalies (n,)."""
        self._flagged += flags.sum(axis=0)
        self.flag("zscore", int(flags.any(axis=1).sum()))
        self.flag("forest", int(isolated.sum()))
        self._anomalies += int(anomaly.sum())

    def set_band(self, mean: FloatArray, std: FloatArray, threshold: float) -> None:
        """Set the band of each column: mean and std (C,), NaN if it has none; threshold in std."""
        self._band = {
            name: {"mean": _number(centre), "std": _number(scale), "threshold": threshold}
            for name, centre, scale in zip(self._columns, mean, std, strict=True)
        }

    def scored(
        self,
        *,
        learnt: Any,  # noqa: ANN401  # the baseline of a mode
        increment: Any,  # noqa: ANN401  # as above
        observations: Mapping[str, int],
        encoding: str,
    ) -> Scored:
        """Return what is known of the table.

        Parameters
        ----------
        learnt
            The baseline after the table.
        increment
            What the table adds to any baseline; None if it was not asked for.
        observations
            The observations of each column after the table.
        encoding
            The encoding of the table.
        """
        severity, strongest = self._strongest
        return Scored(
            columns=self._columns,
            learnt=learnt,
            increment=increment,
            rows=self.rows,
            anomalies=self._anomalies,
            observations=observations,
            by_detector=self._by_detector,
            by_channel={
                name: {"flagged": int(flagged), **self._band.get(name, {})}
                for name, flagged in zip(self._columns, self._flagged, strict=True)
            },
            max_severity=round(severity, 4),
            strongest=strongest,
            bad_cells={
                name: int(bad) for name, bad in zip(self._columns, self.bad_cells, strict=True) if bad
            },
            missing_columns=[
                name for name, place in zip(self._columns, self._places, strict=True) if place is None
            ],
            first_time=self._first_time,
            last_time=self._last_time,
            encoding=encoding,
        )


def _number(value: float) -> float | None:
    """Return a number for JSON; None if it is not finite."""
    return float(value) if np.isfinite(value) else None
