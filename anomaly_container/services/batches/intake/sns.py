"""SNS over HTTP: verify a message, confirm a subscription, and note the objects of a notification."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from anomaly_container.outbound.allowed_hosts import ForbiddenUrlError
from anomaly_container.outbound.errors import OutboundError, TooLarge
from anomaly_container.outbound.http_client import UnexpectedStatus
from anomaly_container.services.batches import metrics
from anomaly_container.services.batches.errors import (
    BadSignature,
    CertificateUnavailable,
    InvalidMessage,
    QueueFull,
    RawDelivery,
    SubscribeFailed,
    TopicNotAllowed,
)
from anomaly_container.services.batches.intake import signature
from anomaly_container.services.batches.intake.events import InvalidMessageError, created_objects, parse_json
from anomaly_container.services.batches.intake.signature import SIGNED_FIELDS, BadSignatureError
from anomaly_container.web.errors import ShellError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from cryptography.x509 import Certificate

    from anomaly_container.services.batches.intake.events import ObjectEvent

KIND_HEADER: Final = "x-amz-sns-message-type"
RAW_HEADER: Final = "x-amz-sns-rawdelivery"
LONGEST: Final = 262_144 * 6 // 5
"""The largest body in bytes: 256 KiB, and a fifth for its escapes."""
LONGEST_CERTIFICATE: Final = 16 << 10
LONGEST_CONFIRMATION: Final = 64 << 10
CERTIFICATES: Final = 8
CERTIFICATE_SECONDS: Final = 86_400.0
FETCHES: Final = 4
"""Certificates that are fetched at once."""
SECONDS_FOR_A_FETCH: Final = 10.0
"""What a fetch may take with the wait for others; SNS waits 15 s for the answer."""
MESSAGE_ID: Final = 200
"""The longest id of a message."""
OTHER: Final = "other"
PERMANENT: Final = range(300, 500)
"""The statuses with which a host says that it has no such certificate."""
WORTH_ANOTHER_TRY: Final = frozenset({408, 429})

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What the intake of SNS needs from its surroundings.

    Attributes
    ----------
    hosts
        The allowed hosts of certificates and confirmations.
    topics
        The allowed topics; empty if the first confirmed one is.
    verifies
        Whether signatures are verified.
    fetch
        Fetches a URL of an allowed host, up to a number of bytes.
    clock
        Returns the time in seconds since 1970.
    pinned_topic
        Returns the topic that was confirmed first; None before.
    pin_topic
        Keeps the topic of a confirmation if no other is kept.
    accept
        Notes the objects of a message durably and queues them; returns False if the queue is full.
    """

    hosts: Sequence[str]
    topics: Sequence[str]
    verifies: bool
    fetch: Callable[[str, int], Awaitable[bytes]]
    clock: Callable[[], float]
    pinned_topic: Callable[[], Awaitable[str | None]]
    pin_topic: Callable[[str], Awaitable[None]]
    accept: Callable[[str, Sequence[ObjectEvent]], Awaitable[bool]]


class Sns:
    """Handles the messages of an SNS topic.

    Parameters
    ----------
    subscription
        What it needs from its surroundings.
    """

    def __init__(self, subscription: Subscription) -> None:
        self._subscription = subscription
        self._certificates: OrderedDict[str, tuple[float, Certificate]] = OrderedDict()
        self._fetches = asyncio.Semaphore(FETCHES)

    async def take(self, headers: Mapping[str, str], body: bytes) -> str:
        """Handle one message, count it, and return the status for the response.

        Parameters
        ----------
        headers
            The headers of the request.
        body
            The body of the request.

        Raises
        ------
        InvalidMessage
            If the message is malformed.
        BadSignature
            If the message is not signed by the service.
        TopicNotAllowed
            If it belongs to another topic.
        CertificateUnavailable
            If its signature cannot be checked now.
        RawDelivery
            If the subscription sends messages without their envelope.
        SubscribeFailed
            If the confirmation could not be sent.
        QueueFull
            If too many objects wait.
        """
        kind, result = OTHER, "failed"
        try:
            if headers.get(RAW_HEADER, "").casefold() == "true":
                raise RawDelivery
            message, kind = _parsed(headers, body)
            result = await self._handle(message, kind)
        except ShellError as error:
            result = error.code
            raise
        finally:
            metrics.NOTIFY.labels(kind, result).inc()
        return result

    async def _handle(self, message: Mapping[str, Any], kind: str) -> str:
        await self._verify(message)
        if kind == "UnsubscribeConfirmation":
            log.warning("The subscription of /notify was ended; it is not subscribed again.")
            return "ok"
        confirms = kind == "SubscriptionConfirmation"
        await self._check_topic(message["TopicArn"], may_be_first=confirms)
        if confirms:
            await self._confirm(message)
            return "confirmed"
        try:
            objects = created_objects(parse_json(message["Message"]))
        except InvalidMessageError:
            raise InvalidMessage from None
        if objects and not await self._subscription.accept(message["MessageId"], objects):
            raise QueueFull
        return "ok"

    async def _verify(self, message: Mapping[str, Any]) -> None:
        subscription = self._subscription
        if not subscription.verifies:
            return
        now, url = subscription.clock(), message.get("SigningCertURL")
        if not signature.is_certificate_url(url, subscription.hosts):
            raise BadSignature
        try:
            signature.check_time(message.get("Timestamp"), now)
            signature.verify(message, await self._certificate(str(url)), now)
        except BadSignatureError:
            raise BadSignature from None

    async def _certificate(self, url: str) -> Certificate:
        from cryptography import x509  # noqa: PLC0415  # the extra `batches`

        now = self._subscription.clock()
        cached = self._certificates.get(url)
        if cached is not None and now - cached[0] < CERTIFICATE_SECONDS:
            return cached[1]
        try:
            async with asyncio.timeout(SECONDS_FOR_A_FETCH), self._fetches:
                data = await self._subscription.fetch(url, LONGEST_CERTIFICATE)
            certificate = x509.load_pem_x509_certificate(data)
        except UnexpectedStatus as error:
            if error.status in PERMANENT and error.status not in WORTH_ANOTHER_TRY:
                raise BadSignatureError from None
            raise CertificateUnavailable from None
        except (TooLarge, ValueError):  # also a host that has an address which is not public
            raise BadSignatureError from None
        except (OutboundError, TimeoutError):
            raise CertificateUnavailable from None
        self._certificates[url] = now, certificate
        self._certificates.move_to_end(url)
        if len(self._certificates) > CERTIFICATES:
            self._certificates.popitem(last=False)
        return certificate

    async def _check_topic(self, topic: str, *, may_be_first: bool) -> None:
        allowed: Sequence[str] = self._subscription.topics
        if not allowed:
            pinned = await self._subscription.pinned_topic()
            if pinned is None and may_be_first:
                return
            allowed = [pinned] if pinned else []
        if topic not in allowed:
            raise TopicNotAllowed

    async def _confirm(self, message: Mapping[str, Any]) -> None:
        if not signature.is_subscribe_url(message, self._subscription.hosts):
            raise BadSignature
        try:
            await self._subscription.fetch(message["SubscribeURL"], LONGEST_CONFIRMATION)
        except (OutboundError, ForbiddenUrlError):
            raise SubscribeFailed from None
        if not self._subscription.topics:
            await self._subscription.pin_topic(message["TopicArn"])


def _parsed(headers: Mapping[str, str], body: bytes) -> tuple[dict[str, Any], str]:
    """Return a message and its kind, which the header and the body must agree on."""
    try:
        message = parse_json(body)
    except InvalidMessageError:
        raise InvalidMessage from None
    kind = message.get("Type")
    wanted = headers.get(KIND_HEADER, kind)
    if not isinstance(kind, str) or kind not in SIGNED_FIELDS or wanted != kind:
        raise InvalidMessage
    texts = [message.get(name) for name in ("MessageId", "TopicArn", "Message")]
    if not all(isinstance(text, str) and text for text in texts) or len(str(texts[0])) > MESSAGE_ID:
        raise InvalidMessage
    return message, kind
