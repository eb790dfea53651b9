"""Counts of flagged events for each episode of the sample in a replay."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from anomaly_container.services.streams.sample import EPISODES, episode_of

if TYPE_CHECKING:
    from anomaly_container.services.streams.results import Result

OTHERS: Final = "others"
MOST_REASONS: Final = 3


class Row(NamedTuple):
    """The flagged events of an episode: their number and their main features."""

    name: str
    flagged: str
    reasons: str


class EpisodeCounts:
    """Counts results by episode.

    Parameters
    ----------
    partition
        The partition of the sample; other results, such as those of slots, do not have an episode.
    """

    def __init__(self, partition: str) -> None:
        self._prefix = f"{partition}-"
        self._events: Counter[str] = Counter()
        self._flagged: Counter[str] = Counter()
        self._mains: dict[str, Counter[str]] = {}

    def add(self, result: Result) -> None:
        """Take a result."""
        if not result.id.startswith(self._prefix):
            return
        episode = episode_of(int(result.id.removeprefix(self._prefix)) - 1)
        name = episode.name if episode else OTHERS
        self._events[name] += 1
        if result.anomalous:
            self._flagged[name] += 1
            if result.reasons:
                self._mains.setdefault(name, Counter())[result.reasons[0].feature] += 1

    def rows(self) -> list[Row]:
        """Return one row for each episode, and one for the other events."""
        names = [*(episode.name for episode in EPISODES), OTHERS]
        return [
            Row(name, f"{self._flagged[name]:,} of {self._events[name]:,}", self._main_features(name))
            for name in names
            if self._events[name]
        ]

    def _main_features(self, name: str) -> str:
        found = self._mains.get(name, Counter())
        common = found.most_common(MOST_REASONS)
        return ", ".join(f"{feature} {number / found.total():.0%}" for feature, number in common)
