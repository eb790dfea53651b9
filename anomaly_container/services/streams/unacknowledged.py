"""The outputs that a sink has not acknowledged yet, by partition."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from anomaly_container.services.streams.outputs import Output


class Unacknowledged:
    """The outputs that were given to a sink and not yet taken.

    Examples
    --------
    >>> from anomaly_container.services.streams.outputs import Output, What
    >>> seventh = Output(What.RESULTS, "orders-0-7", "orders-0", 7, b"{}", "Normal")
    >>> waiting = Unacknowledged()
    >>> waiting.add([seventh])
    >>> waiting.lowest("orders-0")
    7
    >>> waiting.remove([seventh])
    >>> waiting.lowest("orders-0") is None
    True
    """

    def __init__(self) -> None:
        self._outputs: dict[str, deque[Output]] = {}

    def add(self, outputs: Iterable[Output]) -> None:
        """Add outputs."""
        for output in outputs:
            waiting = self._outputs.get(output.partition)
            if waiting is None:
                waiting = self._outputs[output.partition] = deque()
            waiting.append(output)

    def remove(self, outputs: Iterable[Output]) -> None:
        """Remove outputs; one whose partition was forgotten in the meantime is ignored."""
        for output in outputs:
            waiting = self._outputs.get(output.partition)
            if waiting is None:
                continue
            if waiting[0] is output:
                waiting.popleft()
            elif output in waiting:
                waiting.remove(output)
            if not waiting:
                del self._outputs[output.partition]

    def forget(self, partitions: Collection[str]) -> None:
        """Drop the outputs of these partitions."""
        for partition in partitions:
            self._outputs.pop(partition, None)

    def lowest(self, partition: str) -> int | None:
        """Return the lowest offset of a partition; None if there are no outputs of it.

        An output parked for another sink comes later than its offset, so the first is not always the lowest.
        """
        waiting = self._outputs.get(partition)
        return min(output.offset for output in waiting) if waiting else None
