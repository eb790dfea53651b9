"""Queues of Amazon SQS, by botocore on threads of its own.

One thread polls, and one deletes and extends: a poll stands still for up to 20 s, and a message whose
visibility ends meanwhile would come twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from anomaly_container.outbound.aws_sending import batch_entries, failures_of
from anomaly_container.outbound.aws_thread import AwsThread
from anomaly_container.outbound.errors import UrlError
from anomaly_container.outbound.loopback import is_loopback

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.outbound.aws_sending import Failure, OutgoingMessage

MAX_BATCH: Final = 10
"""Messages that one request receives: the limit of SQS."""

MAX_WAIT: Final = 20
"""Seconds for which a request may wait for messages: the limit of SQS."""

CALL_SECONDS: Final = 30.0
REGION_IN_HOST: Final = re.compile(r"(?:^|\.)sqs(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$")


class QueueUrlError(UrlError):
    """The URL of a queue cannot be used; the text says why and does not repeat it."""


@dataclass(frozen=True, slots=True)
class QueueMessage:
    """A message that a queue has lent.

    Parameters
    ----------
    id
        The same at each delivery of the message.
    receipt
        Another one at each delivery; deletes or extends it.
    body
        Its text.
    deliveries
        How often it was delivered, this time included.
    """

    id: str
    receipt: str
    body: str
    deliveries: int


class Sqs:
    """A queue.

    Parameters
    ----------
    queue_url
        `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`; `http` only on loopback, or with `allow_http`.
    allow_http
        Allow a queue without TLS that is not on loopback.
    region, endpoint
        The region, and the address that is asked; None for those of the URL.
    extra
        The extra of this package that brings botocore, for the error that it is missing.

    Raises
    ------
    QueueUrlError
        If a URL cannot be used.
    MissingExtraError
        If botocore is not installed.
    """

    def __init__(
        self,
        queue_url: str,
        *,
        allow_http: bool = False,
        region: str | None = None,
        endpoint: str | None = None,
        extra: str = "batches",
    ) -> None:
        of_url, region_of_url = _parts(queue_url, allow_http=allow_http)
        region = region or region_of_url
        endpoint = _parts(endpoint, allow_http=allow_http)[0] if endpoint else of_url
        self._url = queue_url
        self._poll = AwsThread("sqs", endpoint=endpoint, region=region, poll_seconds=MAX_WAIT, extra=extra)
        self._calls = AwsThread("sqs", endpoint=endpoint, region=region, extra=extra)

    async def receive(
        self, batch: int = MAX_BATCH, wait: int = MAX_WAIT, visibility: int = 120
    ) -> list[QueueMessage]:
        """Wait for messages, and return those that came: at most `batch`, none after `wait` seconds.

        Others do not see them for `visibility` seconds.

        Raises
        ------
        NotFound, Refused, Unavailable
            If the queue does not exist, denies access, or does not answer.
        """
        answer = await self._poll.call(
            "receive_message",
            wait + CALL_SECONDS,
            QueueUrl=self._url,
            MaxNumberOfMessages=batch,
            WaitTimeSeconds=wait,
            VisibilityTimeout=visibility,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        )
        return [_message(found) for found in answer.get("Messages", ())]

    async def send(self, messages: Sequence[OutgoingMessage]) -> list[Failure]:
        """Send messages, and return those that the queue did not take.

        Parameters
        ----------
        messages
            At most `aws_sending.MOST_MESSAGES`, and all together at most `MOST_BYTES`.

        Raises
        ------
        NotFound, Refused, Unavailable
            If it took none of them.
        """
        entries = batch_entries(messages, body="MessageBody")
        return failures_of(
            await self._calls.call("send_message_batch", CALL_SECONDS, QueueUrl=self._url, Entries=entries)
        )

    async def delete(self, receipt: str) -> None:
        """Remove a message: it is done.

        Raises
        ------
        NotFound
            If it is lent no longer.
        """
        await self._calls.call("delete_message", CALL_SECONDS, QueueUrl=self._url, ReceiptHandle=receipt)

    async def extend(self, receipt: str, seconds: int) -> None:
        """Keep a message from others for that many seconds from now; 0 gives it back at once.

        Raises
        ------
        NotFound
            If it is lent no longer.
        """
        await self._calls.call(
            "change_message_visibility",
            CALL_SECONDS,
            QueueUrl=self._url,
            ReceiptHandle=receipt,
            VisibilityTimeout=seconds,
        )

    async def close(self) -> None:
        """End both threads; a poll that is under way is left to itself."""
        await self._calls.close()
        await self._poll.close()


def _parts(queue_url: str, *, allow_http: bool) -> tuple[str, str | None]:
    """Return the endpoint and the region of a queue."""
    try:
        parts = urlsplit(queue_url)
        host = parts.hostname or ""
    except ValueError:
        raise QueueUrlError(message="The URL of the queue cannot be parsed.") from None
    if (
        parts.scheme not in {"http", "https"}
        or not host
        or "@" in parts.netloc
        or parts.query
        or parts.fragment
    ):
        raise QueueUrlError(message="The URL of the queue is an http(s) URL without user, password or query.")
    if parts.scheme == "http" and not allow_http and not is_loopback(host):
        raise QueueUrlError(
            message="The URL of the queue is http: only loopback may be, unless http is allowed."
        )
    found = REGION_IN_HOST.search(host)
    return f"{parts.scheme}://{parts.netloc}", found[1] if found else None


def _message(found: dict[str, Any]) -> QueueMessage:
    attributes = found.get("Attributes", {})
    return QueueMessage(
        found["MessageId"],
        found["ReceiptHandle"],
        found["Body"],
        int(attributes.get("ApproximateReceiveCount", 1)),
    )
