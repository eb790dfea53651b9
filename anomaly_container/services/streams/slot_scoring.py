"""The results of a model of the kind sarima: one for each slot of time, when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from anomaly_container.detection.forest import thresholds
from anomaly_container.services.streams.events import Event
from anomaly_container.services.streams.models.sarima import Sarima
from anomaly_container.services.streams.models.slots import slot_value
from anomaly_container.services.streams.results import Reason, Result, iso
from anomaly_container.services.streams.sketch import Sketch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anomaly_container.services.streams.model_file import Model
    from anomaly_container.services.streams.models.slot_filter import Slot
    from anomaly_container.services.streams.settings import StreamsSettings

MINUTE: Final = 60
RESPONSE_TIME: Final = "response_time"


class SlotScoring:
    """Judges the slots of a stream, in their order.

    A slot is over when the time of the stream passes its end and the lateness that is allowed. One without a
    value is predicted only and has no result. So are the slots between the training and the first event of
    the stream, whose events were not counted. The time of a result is the beginning of the last minute of its
    slot, so that it belongs to the same hour and is still in the windows of the alarms.

    Parameters
    ----------
    settings
        The settings.
    model
        A model of the kind sarima.
    """

    def __init__(self, settings: StreamsSettings, model: Model) -> None:
        assert isinstance(model.kept, Sarima)  # noqa: S101  # its kind is sarima
        self._stream, self._lateness = settings.name, settings.allowed_lateness_seconds
        self._model = model
        self.metric: str = model.parameters["metric"]
        self.seconds: int = model.parameters["every"]
        self._filter = model.kept.filter()
        self._threshold = model.threshold(settings)
        self._next: int = model.parameters["lastSlot"] + self.seconds
        self._has_begun = False
        self._open: dict[int, Sketch] = {}

    def put(self, sketches: Mapping[int, Sketch]) -> None:
        """Add the values of events; those of slots that are judged already are left out.

        Parameters
        ----------
        sketches
            The values of the field of the metric by the second at which their slot begins. For `count`
            anything with one value for each event.
        """
        for begin, sketch in sketches.items():
            if begin >= self._next:
                self._open.setdefault(begin, Sketch()).merge(sketch)
        if not self._has_begun and self._open:
            self._has_begun = True
            first = min(self._open)
            self._filter.skip((first - self._next) // self.seconds)
            self._next = first

    def advance(self, time: float) -> list[Result]:
        """Return the results of the slots that are over at a time of the stream."""
        found: list[Result] = []
        while self._has_begun and self._next + self.seconds + self._lateness <= time:
            begin, self._next = self._next, self._next + self.seconds
            value = slot_value(self.metric, self._open.pop(begin, Sketch()))
            slot = self._filter.step(value)
            if slot.score is not None:
                found.append(self._result(begin, value, slot, slot.score))
        return found

    def document(self) -> dict[str, Any]:
        """Return the state in types of JSON. Equal states have equal documents."""
        return {
            "next": self._next,
            "hasBegun": self._has_begun,
            "open": [[begin, self._open[begin].document()] for begin in sorted(self._open)],
            "filter": self._filter.document(),
            "threshold": self._threshold.state(),
        }

    def restore(self, document: Mapping[str, Any]) -> None:
        """Restore the state of a document.

        Raises
        ------
        ValueError
            If it is that of another model.
        """
        self._filter.restore(document["filter"])
        self._threshold = thresholds.restored(document["threshold"])
        self._next, self._has_begun = document["next"], document["hasBegun"]
        self._open = {begin: Sketch.from_document(sketch) for begin, sketch in document["open"]}

    def _result(self, begin: int, value: float, slot: Slot, score: float) -> Result:
        levels, flags = self._threshold.judge(np.array([score]))
        time = float(begin + self.seconds - MINUTE)
        id_, place = f"{self._stream}/{iso(begin)}", begin // self.seconds
        is_high = value > slot.expected
        reason = Reason(self.metric, 1.0, "high" if is_high else "low", value, slot.expected)
        field = self.metric.rpartition(":")[0]
        return Result(
            id=id_,
            partition=self._stream,
            offset=place,
            time=time,
            score=score,
            threshold=float(levels[0]),
            anomalous=bool(flags[0]),
            reasons=(reason,),
            filled=(),
            late=False,
            future=False,
            model_id=self._model.id,
            event=Event(
                id=id_,
                partition=self._stream,
                offset=place,
                time=time,
                response_time=value if field == RESPONSE_TIME else None,
                log_level=None,
                method="",
                path="",
                source={self.metric: value, "expected": slot.expected},
            ),
        )
