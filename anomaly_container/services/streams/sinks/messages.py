"""Messages of AWS, for the sinks `sns` and `sqs`."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final, Protocol

from anomaly_container.outbound.aws_sending import MOST_BYTES, MOST_MESSAGES, OutgoingMessage
from anomaly_container.outbound.errors import OutboundError
from anomaly_container.services.streams.sinks.sink import Receipt, SinkFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from anomaly_container.outbound.aws_sending import Failure
    from anomaly_container.services.streams.outputs import Output

DEDUPLICATION: Final = re.compile(r"[A-Za-z0-9!\"#$%&'()*+,./:;<=>?@\[\\\]^_`{|}~-]{1,128}")
"""The form of a deduplication id that AWS allows."""


class Client(Protocol):
    """A queue or a topic."""

    async def send(self, messages: Sequence[OutgoingMessage]) -> list[Failure]:
        """Send messages, and return those that were not accepted."""

    async def close(self) -> None:
        """Stop its thread."""


class MessageSink:
    """Sends each output as one message, with the attributes `stream` and `state`.

    With a name that ends in `.fifo`, the stream is the group, and the id the deduplication id.

    Parameters
    ----------
    connect
        A function that makes the client of the queue or topic; called at once, so that faults are raised.
    stream
        The name of the stream.
    is_fifo
        True if its name ends in `.fifo`.
    """

    most: int = MOST_MESSAGES
    repeat_seconds: float | None = None

    def __init__(
        self,
        connect: Callable[[], Client],
        *,
        stream: str,
        is_fifo: bool,
    ) -> None:
        self._connect = connect
        self._client: Client | None = connect()
        self._stream = stream
        self._is_fifo = is_fifo

    async def open(self) -> None:
        """See `Sink`: the first call connects."""

    async def send(self, outputs: Sequence[Output]) -> Receipt:
        """Send outputs; see `Sink`."""
        client = self._client = self._client or self._connect()
        again: list[Output] = []
        refused: list[Output] = []
        detail = ""
        messages = [(output, self._message(output)) for output in outputs]
        for group in _within_bytes(messages, refused):
            if again and self._is_fifo:
                # After a failure no more may be sent: the group keeps its order.
                again += [output for output, _ in group]
                continue
            try:
                failures = await client.send([message for _, message in group])
            except OutboundError as error:
                # Permissions and addresses can be mended, so a call that is refused is tried again.
                detail = str(error)
                again += [output for output, _ in group]
                continue
            for failure in failures:
                (refused if failure.is_final else again).append(group[failure.index][0])
        if len(again) == len(outputs):
            raise SinkFailed(detail or "AWS took none of the messages.")
        if again or refused:
            detail = detail or "AWS did not take all messages."
        return Receipt(tuple(again), tuple(refused), detail)

    async def close(self) -> None:
        """Stop the thread."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    def _message(self, output: Output) -> OutgoingMessage:
        return OutgoingMessage(
            output.line.decode(),
            {"stream": self._stream, "state": output.state},
            group=self._stream if self._is_fifo else None,
            deduplication=_deduplication(output.identity) if self._is_fifo else None,
        )


def _deduplication(identity: str) -> str:
    if DEDUPLICATION.fullmatch(identity):
        return identity
    return hashlib.sha256(identity.encode()).hexdigest()


def _within_bytes(
    messages: Sequence[tuple[Output, OutgoingMessage]], refused: list[Output]
) -> Iterator[list[tuple[Output, OutgoingMessage]]]:
    """Yield messages in groups that a request may have; a message that is too large is refused."""
    group: list[tuple[Output, OutgoingMessage]] = []
    size = 0
    for output, message in messages:
        if message.bytes > MOST_BYTES:
            refused.append(output)
            continue
        if group and size + message.bytes > MOST_BYTES:
            yield group
            group, size = [], 0
        group.append((output, message))
        size += message.bytes
    if group:
        yield group
