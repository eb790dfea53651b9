"""The interface of a sink, which takes outputs and reports which of them it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.services.streams.outputs import Output


class SinkFailed(Exception):  # noqa: N818  # as the errors of outbound, by the state that is met
    """Nothing was accepted; the same may be accepted later. The text can be logged.

    Parameters
    ----------
    message
        One sentence without an address, a secret or a value of an event.
    retry_after
        The seconds that the receiver asks for; None if it does not.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class SinkRefused(Exception):  # noqa: N818  # as above
    """Nothing was accepted, and the same will never be. The text can be logged."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The result of outputs that were not all accepted.

    Parameters
    ----------
    again
        Those that may be accepted later.
    refused
        Those that will never be.
    detail
        One sentence that says why; blank if all were accepted.
    """

    again: tuple[Output, ...] = ()
    refused: tuple[Output, ...] = ()
    detail: str = ""


ALL_TAKEN = Receipt()


class Sink(Protocol):
    """A receiver of outputs. Its calls are made one after the other, and end within a bounded time."""

    @property
    def most(self) -> int:
        """The most outputs of one call."""

    @property
    def repeat_seconds(self) -> float | None:
        """The pause after which `send` is called without outputs; None for a sink that repeats nothing."""

    async def open(self) -> None:
        """Get ready; called again after a failure.

        Raises
        ------
        SinkFailed
            If that is not possible now.
        """

    async def send(self, outputs: Sequence[Output]) -> Receipt:
        """Deliver outputs, and return when the receiver has them for good.

        Parameters
        ----------
        outputs
            At most `most` of them, in their order.

        Raises
        ------
        SinkFailed, SinkRefused
            If it did not accept any of them, for now or for ever.
        """

    async def close(self) -> None:
        """Release what is open."""
