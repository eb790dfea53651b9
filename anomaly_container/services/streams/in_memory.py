"""Alarms and reports of a file, which are in the memory of the process and in the snapshot of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anomaly_container.services.streams.internal_topic import FlaggedMessage, MinuteMessage
from anomaly_container.services.streams.monitor import Monitor
from anomaly_container.services.streams.outcomes import outputs_of_outcomes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from anomaly_container.services.streams.internal_topic import Message
    from anomaly_container.services.streams.monitor import Outcome
    from anomaly_container.services.streams.outputs import Output
    from anomaly_container.services.streams.scoring import Scoring
    from anomaly_container.services.streams.settings import StreamsSettings
    from anomaly_container.services.streams.sources import Position


class MonitoredFile:
    """Takes the messages of a file, and holds its state together with that of its alarms and reports.

    Parameters
    ----------
    settings
        The settings.
    scoring
        Scores the file.
    heard
        A function that is called with the outcomes of the monitor.
    link
        The address of the page, for notices.

    Attributes
    ----------
    wants_all
        True: nothing is sent over a network, so that messages are cheap.
    monitor
        The alarms and reports.
    """

    wants_all = True

    def __init__(
        self,
        settings: StreamsSettings,
        scoring: Scoring,
        heard: Callable[[Sequence[Outcome]], None],
        *,
        link: str | None = None,
    ) -> None:
        self._settings, self._scoring, self._heard, self._link = settings, scoring, heard, link
        self.monitor = Monitor(settings, link=link)

    def tell(self, messages: Sequence[Message], muted: Callable[[str], int]) -> list[Output]:
        """Take messages, and return the outputs for the sinks."""
        found: list[Output] = []
        for message in messages:
            outcomes = self.monitor.take([message])
            self._heard(outcomes)
            partition, offset = _place_of(message)
            if outcomes and offset >= muted(partition):
                found += outputs_of_outcomes(outcomes, partition, offset, self._settings)
        return found

    async def send(self) -> None:
        """Do nothing: the messages have arrived."""

    # The interface of `partitions.Holder`.

    def begin(self, name: str, document: bytes | None, *, anew: bool) -> Position | None:
        """Restore the file, its alarms and its reports; see `Scoring.begin`."""
        position = self._scoring.begin(name, document, anew=anew)
        self.monitor = Monitor(self._settings, link=self._link)
        kept = self._scoring.states[name].monitor
        if kept is not None:
            self.monitor.restore(kept)
        return position

    def offset(self, name: str) -> int:
        """Return the next offset that the state expects."""
        return self._scoring.offset(name)

    def place(self, name: str, offset: int) -> None:
        """Start a state that has seen nothing at an offset."""
        self._scoring.place(name, offset)

    def document(self, name: str) -> bytes:
        """Return the state as bytes."""
        self._scoring.states[name].monitor = self.monitor.document()
        return self._scoring.document(name)

    def drop(self, name: str) -> None:
        """Forget the file; its alarms and reports remain readable."""
        self._scoring.drop(name)


def _place_of(message: Message) -> tuple[str, int]:
    """Return the partition and the offset of the record that a message comes from."""
    if isinstance(message, FlaggedMessage):
        return message.event.partition, message.event.offset
    if isinstance(message, MinuteMessage):
        return message.partition, message.sums.offset
    return message.partition, message.offset - 1
