"""Messages of AWS, by a client that does what the test says.

The smallest example: of two messages one fails, and is to be sent again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from anomaly_container.outbound.aws_sending import Failure, OutgoingMessage
from anomaly_container.outbound.errors import Refused, Unavailable
from anomaly_container.services.streams.sinks.messages import MessageSink
from anomaly_container.services.streams.sinks.sink import ALL_TAKEN, SinkFailed
from tests.support.sink_outputs import broken, notice, result, results

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Client:
    """Keeps what is sent, and answers what it is told to."""

    def __init__(self, answer: Callable[[int], list[Failure]] = lambda _: []) -> None:
        self.sent: list[list[OutgoingMessage]] = []
        self.answer = answer
        self.closed = 0

    async def send(self, messages: Sequence[OutgoingMessage]) -> list[Failure]:
        self.sent.append(list(messages))
        return self.answer(len(self.sent))

    async def close(self) -> None:
        self.closed += 1


def sink(client: Client, *, is_fifo: bool = False) -> MessageSink:
    return MessageSink(lambda: client, stream="shop", is_fifo=is_fifo)


async def test_some_may_fail() -> None:
    first, second, third = results(0, 3)
    client = Client(lambda _: [Failure(1, is_final=False), Failure(2, is_final=True)])
    receipt = await sink(client).send([first, second, third])
    assert (receipt.again, receipt.refused) == ((second,), (third,))
    assert receipt.detail == "AWS did not take all messages."


async def test_a_message_has_two_attributes_and_no_group() -> None:
    client = Client()
    assert await sink(client).send([result(7)]) == ALL_TAKEN
    [[message]] = client.sent
    assert message == OutgoingMessage(
        result(7).line.decode(), {"stream": "shop", "state": "High Outlier"}, None, None
    )


async def test_a_fifo_has_the_stream_as_group_and_the_id_against_repeats() -> None:
    client = Client()
    await sink(client, is_fifo=True).send([notice(3), broken(7)])
    [[alarm, parked]] = client.sent
    assert (alarm.group, alarm.deduplication) == ("shop", "shop/anomalies/3")
    # A space is not allowed there: the hash of the id and the reason.
    assert parked.deduplication is not None
    assert len(parked.deduplication) == 64


@pytest.mark.parametrize("error", [Unavailable(message="AWS is away."), Refused(message="No rights.")])
async def test_a_call_that_fails_is_tried_again(error: Exception) -> None:
    def fail(_: int) -> list[Failure]:
        raise error

    with pytest.raises(SinkFailed, match=rf"^{error}$"):
        await sink(Client(fail)).send(results(0, 2))


async def test_what_is_large_is_sent_in_several_requests_and_what_is_too_large_is_refused() -> None:
    client = Client()
    outputs = [result(0, padding=150_000), result(1, padding=150_000), result(2, padding=300_000), result(3)]
    receipt = await sink(client).send(outputs)
    assert [len(group) for group in client.sent] == [1, 2]
    assert (receipt.again, receipt.refused) == ((), (outputs[2],))


async def test_in_a_fifo_nothing_overtakes_a_request_that_failed() -> None:
    def fail_first(call: int) -> list[Failure]:
        if call == 1:
            return [Failure(0, is_final=False)]
        return []

    outputs = [result(number, padding=150_000) for number in range(3)]
    fifo, plain = Client(fail_first), Client(fail_first)
    with pytest.raises(SinkFailed):
        await sink(fifo, is_fifo=True).send(outputs)
    assert len(fifo.sent) == 1
    receipt = await sink(plain).send(outputs)
    assert (len(plain.sent), receipt.again) == (3, (outputs[0],))


async def test_after_its_end_it_connects_anew() -> None:
    clients: list[Client] = []

    def connect() -> Client:
        clients.append(Client())
        return clients[-1]

    made = MessageSink(connect, stream="shop", is_fifo=False)
    await made.open()
    await made.close()
    await made.close()
    await made.send([result(1)])
    assert [(client.closed, len(client.sent)) for client in clients] == [(1, 0), (0, 1)]
