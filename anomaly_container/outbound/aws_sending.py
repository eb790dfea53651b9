"""Batches of messages: the common part of SQS and SNS, and topics of SNS."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from anomaly_container.outbound.aws_thread import AwsThread
from anomaly_container.outbound.errors import UrlError
from anomaly_container.outbound.loopback import is_loopback

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_MESSAGES: Final = 10
"""The largest number of messages in a request, which is a limit of AWS."""

MOST_BYTES: Final = 256 * 1024
"""The largest size of the messages of a request, with the names and values of their attributes."""

CALL_SECONDS: Final = 30.0
TOPIC: Final = re.compile(r"arn:aws[a-z-]*:sns:(?P<region>[a-z0-9-]+):\d{12}:[A-Za-z0-9_-]{1,256}(?:\.fifo)?")


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message to send.

    Parameters
    ----------
    body
        Its text, of one character or more.
    attributes
        Texts by name; names and texts are not blank.
    group, deduplication
        Only for a queue or a topic whose name ends in `.fifo`: the messages of a group keep their order, and
        of two with one deduplication id within five minutes the second is dropped.
    """

    body: str
    attributes: Mapping[str, str]
    group: str | None = None
    deduplication: str | None = None

    @property
    def bytes(self) -> int:
        """The size that counts for `MOST_BYTES`."""
        words = (self.body, *self.attributes, *self.attributes.values())
        return sum(len(word.encode()) for word in words) + len("String") * len(self.attributes)


@dataclass(frozen=True, slots=True)
class Failure:
    """A message that was not accepted.

    Parameters
    ----------
    index
        Its place among those that were sent.
    is_final
        True if it will never be accepted: AWS reports a fault of the sender.
    """

    index: int
    is_final: bool


class Sns:
    """A topic of SNS.

    Parameters
    ----------
    topic
        Its ARN.
    region
        The region; None for that of the ARN.
    endpoint
        The address of the service, https or http on loopback; None for that of the region.

    Raises
    ------
    UrlError
        If the ARN or the address cannot be used.
    MissingExtraError
        If botocore is not installed.
    """

    def __init__(self, topic: str, *, region: str | None = None, endpoint: str | None = None) -> None:
        found = TOPIC.fullmatch(topic)
        if found is None:
            raise UrlError(message="The topic is not the ARN of one of SNS.")
        if endpoint is not None:
            _check(endpoint)
        self._topic = topic
        self._calls = AwsThread("sns", endpoint=endpoint, region=region or found["region"], extra="aws")

    async def send(self, messages: Sequence[OutgoingMessage]) -> list[Failure]:
        """Publish messages, and return those that the topic did not accept.

        Parameters
        ----------
        messages
            At most `MOST_MESSAGES`, and all together at most `MOST_BYTES`.

        Raises
        ------
        NotFound, Refused, Unavailable
            If the topic did not accept any message.
        """
        entries = batch_entries(messages, body="Message")
        answer = await self._calls.call(
            "publish_batch", CALL_SECONDS, TopicArn=self._topic, PublishBatchRequestEntries=entries
        )
        return failures_of(answer)

    async def close(self) -> None:
        """Stop the thread."""
        await self._calls.close()


def batch_entries(messages: Sequence[OutgoingMessage], *, body: str) -> list[dict[str, Any]]:
    """Return messages as the entries of a request, each with its place as its id.

    Parameters
    ----------
    messages
        The messages.
    body
        The name of the text in a request of the service.
    """
    return [_entry(index, message, body) for index, message in enumerate(messages)]


def failures_of(answer: Mapping[str, Any]) -> list[Failure]:
    """Return the messages of a request that failed, in the order in which they were sent."""
    failed = [Failure(int(found["Id"]), bool(found.get("SenderFault"))) for found in answer.get("Failed", ())]
    return sorted(failed, key=lambda failure: failure.index)


def _entry(index: int, message: OutgoingMessage, body: str) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "Id": str(index),
        body: message.body,
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": value} for name, value in message.attributes.items()
        },
    }
    if message.group is not None:
        entry["MessageGroupId"] = message.group
        entry["MessageDeduplicationId"] = message.deduplication
    return entry


def _check(endpoint: str) -> None:
    try:
        parts = urlsplit(endpoint)
        is_good = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
        is_plain = bool(parts.hostname) and "@" not in parts.netloc and not parts.query and not parts.fragment
    except ValueError:
        is_good = is_plain = False
    if not (is_good and is_plain):
        raise UrlError(message="The endpoint is neither an https URL without user nor http on loopback.")
