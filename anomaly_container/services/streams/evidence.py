"""The evidence in the messages of an alarm: the five highest anomalies, and the main feature."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from anomaly_container.services.streams.flagged import Flagged
from anomaly_container.services.streams.results import iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HIGHEST: Final = 5
MOST_PARTS: Final = 100


class Evidence:
    """The highest anomalies, and a count of each feature as the main reason, over the newest `span` seconds.

    While an alarm lasts, nothing is forgotten that was kept when it began or came since, so that the message
    of its end covers the whole alarm. Memory is bounded: the span is kept in up to 100 parts.

    Parameters
    ----------
    span
        The length of time that is kept, in seconds; up to a hundredth more may be kept.
    values
        True if reasons name values.
    """

    def __init__(self, span: int, *, values: bool = True) -> None:
        self._values = values
        self._span = span
        self._width = max(60, math.ceil(span / MOST_PARTS))
        self._parts: dict[int, tuple[list[Flagged], Counter[str]]] = {}
        self._episode: tuple[list[Flagged], Counter[str]] | None = None

    def add(self, event: Flagged) -> None:
        """Take an anomaly."""
        kept = [self._parts.setdefault(math.floor(event.time / self._width), ([], Counter()))]
        if self._episode is not None:
            kept.append(self._episode)
        for highest, features in kept:
            highest[:] = _highest([*highest, event])
            if event.main is not None:
                features[event.main] += 1

    def forget(self, time: float) -> None:
        """Drop what is older than the span at a time."""
        oldest = math.floor((time - self._span) / self._width)
        for part in [part for part in self._parts if part < oldest]:
            del self._parts[part]

    def begin(self) -> None:
        """Forget nothing from now on: the alarm began."""
        self._episode = self._all()

    def end(self) -> None:
        """Release what was kept: the end was sent."""
        self._episode = None

    def document_of_message(self) -> dict[str, Any]:
        """Return `anomalies`, the highest first, and the main `feature` with its `share` of them all."""
        highest, features = self._all() if self._episode is None else self._episode
        feature = min(features, key=lambda name: (-features[name], name), default=None)
        return {
            "anomalies": [self._told(event) for event in highest],
            "feature": feature,
            "share": features[feature] / features.total() if feature else None,
        }

    def document(self) -> dict[str, Any]:
        """Return the evidence as JSON."""
        return {
            "parts": [[part, *_written(kept)] for part, kept in sorted(self._parts.items())],
            "episode": None if self._episode is None else _written(self._episode),
        }

    def restore(self, document: Mapping[str, Any]) -> None:
        """Restore the state that `document` returned."""
        self._parts = {part: _read(kept) for part, *kept in document["parts"]}
        self._episode = None if document["episode"] is None else _read(document["episode"])

    def _all(self) -> tuple[list[Flagged], Counter[str]]:
        parts = [self._parts[part] for part in sorted(self._parts)]
        features: Counter[str] = Counter()
        for _, counts in parts:
            features.update(counts)
        return _highest(event for events, _ in parts for event in events), features

    def _told(self, event: Flagged) -> dict[str, Any]:
        return {
            "id": event.id,
            "time": iso(event.time),
            "score": event.score,
            "reasons": [reason.document(values=self._values) for reason in event.reasons],
            "key": event.key,
        }


def _highest(events: Iterable[Flagged]) -> list[Flagged]:
    return sorted(events, key=lambda event: (-event.score, event.id))[:HIGHEST]


def _written(kept: tuple[list[Flagged], Counter[str]]) -> list[Any]:
    highest, features = kept
    return [[event.document() for event in highest], dict(sorted(features.items()))]


def _read(kept: Iterable[Any]) -> tuple[list[Flagged], Counter[str]]:
    highest, features = kept
    return [Flagged.from_document(event) for event in highest], Counter(features)
