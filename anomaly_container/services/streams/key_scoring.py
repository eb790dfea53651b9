"""Mode keys: the newest value of each key is judged against the values before it; there is no forest."""

from __future__ import annotations

import math
from dataclasses import dataclass
from hashlib import blake2b
from itertools import groupby
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from anomaly_container.detection.forest import thresholds
from anomaly_container.detection.univariate import Granularity, ImputeMode, Options
from anomaly_container.services.streams.contract.verdict import verdict_document
from anomaly_container.services.streams.event_columns import well_known
from anomaly_container.services.streams.feature_list import parse_features
from anomaly_container.services.streams.keys import KeyRules, KeyWindows, Verdict
from anomaly_container.services.streams.metrics import KEYS, KEYS_EVICTED
from anomaly_container.services.streams.results import Reason, Result, ResultSettings
from anomaly_container.services.streams.scoring import UNCOUNTED, Scored, Scoring

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.services.streams.events import Events
    from anomaly_container.services.streams.model_file import Model
    from anomaly_container.services.streams.settings import StreamsSettings
    from anomaly_container.services.streams.sources import Position

SEPARATOR: Final = "|"
LONGEST_KEY: Final = 200
IMPUTATIONS: Final = {mode.value.casefold(): mode for mode in ImputeMode}


@dataclass(slots=True)
class KeyResult(Result):
    """The result of an event whose value was judged; its score is the severity.

    Attributes
    ----------
    verdict
        The verdict of the detector.
    """

    verdict: Verdict | None = None

    def document(self, settings: ResultSettings) -> dict[str, Any]:
        """Return it in types of JSON."""
        found = Result.document(self, settings)
        judged = {} if self.verdict is None else verdict_document(self.verdict)
        names = list(found)
        begin, end = names.index("score"), names.index("result")
        head, tail = names[:begin], names[end:]
        found["modelId"] = None
        return {name: found[name] for name in head} | judged | {name: found[name] for name in tail}


def key_rules(settings: StreamsSettings) -> KeyRules:
    """Return the rules of windows of the settings."""
    options = Options(
        granularity=Granularity(settings.keys_granularity),
        interval=settings.keys_interval,
        sensitivity=settings.keys_sensitivity,
        impute_mode=IMPUTATIONS[settings.keys_impute],
    )
    return KeyRules(
        options,
        window=settings.keys_window,
        every=settings.keys_every,
        most=settings.keys_max,
        idle_seconds=settings.keys_idle_seconds,
    )


def key_of(parts: tuple[str, ...]) -> str:
    """Return the key of the texts of its fields; a long one is cut, and has a hash of the whole.

    Examples
    --------
    >>> key_of(("eu", "checkout"))
    'eu|checkout'
    """
    key = SEPARATOR.join(parts)
    if len(key) <= LONGEST_KEY:
        return key
    digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return f"{key[: LONGEST_KEY - 17]}~{digest}"


class KeyScoring(Scoring):
    """Judges the values of keys, and holds the states of the partitions.

    Parameters
    ----------
    settings
        The settings.
    now
        A function that returns the time in seconds since 1970, to detect events of the future; None in a
        replay.
    instance
        The id of the container, whose line counts what is judged or stored.
    """

    def __init__(
        self,
        settings: StreamsSettings,
        *,
        now: Callable[[], float] | None = None,
        instance: str = UNCOUNTED,
    ) -> None:
        fields = (f"{settings.keys_value}:numeric", *(f"{name}:frequency" for name in settings.key_fields))
        features = parse_features(",".join(fields))
        no_model = SimpleNamespace(id="", encoder=SimpleNamespace(features=features), threshold=_no_threshold)
        super().__init__(settings, cast("Model", no_model), now=now, instance=instance)
        self._rules = key_rules(settings)
        self._windows: dict[str, KeyWindows] = {}

    def begin(self, name: str, document: bytes | None, *, anew: bool = False) -> Position | None:
        """Restore a partition from its last document, and return where to read on."""
        position = super().begin(name, document, anew=anew)
        windows = self._windows[name] = KeyWindows(self._rules)
        kept = self.states[name].keys
        if kept is not None:
            windows.restore(kept)
        self._tell()
        return position

    def document(self, name: str) -> bytes:
        """Return the state as bytes."""
        self.states[name].keys = self._windows[name].document()
        return super().document(name)

    def drop(self, name: str) -> None:
        """Forget a partition."""
        super().drop(name)
        self._windows.pop(name, None)
        self._tell()

    def _score(self, events: Events, scored: Scored) -> None:
        values = cast("list[float]", np.asarray(well_known(events, self._settings.keys_value)).tolist())
        texts = [cast("list[str]", well_known(events, name)) for name in self._settings.key_fields]
        keys = [key_of(parts) for parts in zip(*texts, strict=True)]
        begin = 0
        for name, run in groupby(record.partition for record in events.records):
            end = begin + sum(1 for _ in run)
            self._threshold_of(name)
            state = self.states[name]
            found = [self._unjudged(events, place, keys[place]) for place in range(begin, end)]
            self._pass(state, events.times[begin:end], found, 0)
            pairs = zip(found, values[begin:end], strict=True)
            known = [(one, value) for one, value in pairs if not math.isnan(value)]
            judged = [one for one, value in known if not one.future and self._judge(one, value)]
            state.totals.add(self._instance, len(known), now=self._now() if self._now is not None else 0.0)
            state.book.add(judged)
            scored.results += judged
            begin = end
        self._tell()

    def _unjudged(self, events: Events, place: int, key: str) -> KeyResult:
        event = events[place]
        return KeyResult(
            event.id,
            event.partition,
            event.offset,
            event.time,
            score=0.0,
            threshold=0.0,
            anomalous=False,
            reasons=(),
            filled=(),
            late=False,
            future=False,
            model_id="",
            event=event,
            key=key,
        )

    def _judge(self, result: KeyResult, value: float) -> bool:
        """Take a value into the window of its key, and return whether it was judged."""
        verdict = self._windows[result.partition].take(result.key or "", result.time, value)
        if verdict is None:
            return False
        result.verdict = verdict
        result.score, result.anomalous = verdict.severity, verdict.is_anomaly
        direction = "high" if value >= verdict.expected_value else "low"
        feature = self._settings.keys_value
        result.reasons = (Reason(feature, 1.0, direction, value, verdict.expected_value),)
        return True

    def _tell(self) -> None:
        """Report the figures of the windows."""
        KEYS.set(sum(map(len, self._windows.values())))
        for windows in self._windows.values():
            for why, count in windows.evicted.items():
                KEYS_EVICTED.labels(why).inc(count)
            windows.evicted.clear()


def _no_threshold(_: StreamsSettings) -> thresholds.Threshold:
    return thresholds.fixed(0.0)
