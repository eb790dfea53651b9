"""The two modes, by what the rest of the service needs from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from anomaly_container.services.batches.series import SeriesDetector
from anomaly_container.services.batches.series_context import points_of
from anomaly_container.services.batches.setting_rules import SERIES, comma_separated
from anomaly_container.services.batches.table import TableOptions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from anomaly_container.detection.batches.moments import Moments
    from anomaly_container.services.batches.scored import Scoring, Source
    from anomaly_container.services.batches.settings import BatchesSettings

B = TypeVar("B")


class Mode(Protocol[B]):
    """Scores tables by a baseline `B`."""

    @property
    def maturity(self) -> int:
        """The observations that the baseline of a column needs."""

    def read(self, columns: Sequence[str], learnt: Mapping[str, Any]) -> B:
        """Return the baseline of its JSON."""

    def merged(self, columns: Sequence[str], before: B | None, increment: B) -> B:
        """Return a baseline that knows of the increment of a table too."""

    def observed(self, baseline: B) -> Moments:
        """Return the moments of all values, flagged or not."""

    def taken_over(self, columns: Sequence[str], observed: Moments) -> B:
        """Return a baseline that begins with moments of the original pipeline."""

    def score(
        self, source: Source, columns: tuple[str, ...], before: B | None, *, keeps_increment: bool
    ) -> Scoring:
        """Yield the scored table, and return what is known of it."""


def mode_of(settings: BatchesSettings) -> Mode[Any]:
    """Return the mode of the settings."""
    options = table_options(settings)
    if settings.mode == "compat":
        from anomaly_container.services.batches.compat_mode import CompatMode  # noqa: PLC0415  # one of two

        return CompatMode(options)
    from anomaly_container.services.batches.default_mode import DefaultMode  # noqa: PLC0415  # one of two

    if SERIES not in comma_separated(settings.detectors):
        return DefaultMode(settings, options)

    def series(source: Source, columns: Sequence[str], time_place: int | None) -> SeriesDetector:
        return SeriesDetector(points_of(source.earlier, columns, options), len(columns), time_place)

    return DefaultMode(settings, options, series)


def table_options(settings: BatchesSettings) -> TableOptions:
    """Return how tables are read."""
    return TableOptions(
        is_strict=settings.mode == "compat",
        renamed=settings.renamed,
        time_column=settings.time_column,
        ignored=comma_separated(settings.ignore),
        max_bytes=settings.max_bytes,
        max_rows=settings.max_rows,
        max_columns=settings.max_columns,
        max_cell=settings.max_cell,
        block_rows=settings.block_rows,
    )
