"""SNS as far as a subscriber meets it: signed messages, the certificate, and the visit of a confirmation."""

from __future__ import annotations

import base64
import json
import ssl
import uuid
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from anomaly_container.outbound.http_client import HttpClient
from anomaly_container.services.batches.intake.signature import string_to_sign

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.support.authority import Authority

HOST = "sns.us-east-1.amazonaws.com"
ADDRESS = "127.0.0.2"
"""Where the host is found: an address of loopback that nothing else has."""
PEM = "/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"
TOPIC = "arn:aws:sns:us-east-1:123456789012:sensors"
TOKEN = "2336412f37fb687f5d51e6e241d09c80"  # noqa: S105  # of nobody
HASHES = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303  # version 1 of the protocol is SHA-1


class Sender:
    """Signs messages as SNS does.

    Parameters
    ----------
    name
        The name in its certificate.
    begins, ends
        The days of its certificate, from now.
    """

    def __init__(self, name: str = "sns.amazonaws.com", begins: float = -1.0, ends: float = 1.0) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        now = datetime.now(UTC)
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + timedelta(days=begins))
            .not_valid_after(now + timedelta(days=ends))
            .sign(self.key, hashes.SHA256())
        )
        self.pem = certificate.public_bytes(serialization.Encoding.PEM)

    def signed(self, message: dict[str, Any]) -> dict[str, Any]:
        """Return a message with its signature."""
        algorithm = HASHES[message["SignatureVersion"]]
        signature = self.key.sign(string_to_sign(message), padding.PKCS1v15(), algorithm)
        return message | {"Signature": base64.b64encode(signature).decode()}

    def notification(self, *keys: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401  # of a message
        """Return a signed notification of objects."""
        return self.signed(message("Notification", Message=s3_event(*keys)) | fields)

    def confirmation(self, kind: str = "SubscriptionConfirmation", **fields: Any) -> dict[str, Any]:  # noqa: ANN401  # of a message
        """Return a signed confirmation."""
        topic = fields.get("TopicArn", TOPIC)
        asked = {"Token": TOKEN, "SubscribeURL": subscribe_url(topic)}
        text = "You have chosen to subscribe to the topic."
        return self.signed(message(kind, Message=text) | asked | fields)


def message(kind: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401  # of a message
    """Return a message of now without a signature."""
    return {
        "Type": kind,
        "MessageId": str(uuid.uuid4()),
        "TopicArn": TOPIC,
        "Timestamp": at(0),
        "SignatureVersion": "2",
        "SigningCertURL": f"https://{HOST}{PEM}",
    } | fields


def at(seconds: float) -> str:
    """Return the time so many seconds from now as SNS writes it."""
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def subscribe_url(topic: str = TOPIC, host: str = HOST) -> str:
    """Return the URL that confirms a subscription."""
    return f"https://{host}/?Action=ConfirmSubscription&TopicArn={topic}&Token={TOKEN}"


def s3_event(*keys: str, bucket: str = "sensors", etag: str | None = None, **fields: object) -> str:
    """Return an event of S3 for created objects; the keys are encoded as they must be."""
    records = [
        {
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": bucket}, "object": {"key": key, "size": 1, "eTag": etag} | fields},
        }
        for key in keys
    ]
    return json.dumps({"Records": records})


class Trap:
    """A server that nothing may connect to.

    Attributes
    ----------
    connections
        How many have.
    """

    def __init__(self) -> None:
        self.connections = 0
        self.address = ("127.0.0.1", 0)

    async def meet(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.close()


class SnsHost:
    """The host of SNS.

    Attributes
    ----------
    sender
        Who signs its messages.
    trap
        Where every other name leads.
    client
        A client that finds the host, and for every other name the trap, whose address is not permitted.
    requests
        What was asked of the host: paths with their queries.
    answers
        The status for a path, in the place of 200.
    """

    def __init__(self, sender: Sender, trust: ssl.SSLContext, trap: Trap) -> None:
        self.sender = sender
        self.requests: list[str] = []
        self.answers: dict[str, int] = {}
        self.bodies: dict[str, bytes] = {PEM: sender.pem}
        self.port = 0
        self.trap = trap
        self.client = HttpClient(
            resolver=self._resolve, permits=lambda address: address == ADDRESS, trust=trust
        )

    async def _resolve(self, host: str) -> list[tuple[str, int]]:
        if host != HOST:
            return [self.trap.address]
        return [(ADDRESS, self.port)]

    async def answer(self, request: web.Request) -> web.Response:
        self.requests.append(request.path_qs)
        status = self.answers.get(request.path, 200)
        headers = {"Location": "https://{}:{}/".format(*self.trap.address)} if status == 302 else {}
        return web.Response(status=status, body=self.bodies.get(request.path, b""), headers=headers)


@asynccontextmanager
async def sns_host(authority: Authority, sender: Sender, trap: Trap) -> AsyncIterator[SnsHost]:
    """Serve the host of SNS on loopback, with a certificate that its client believes."""
    pair = authority.pair("sns", f"DNS:{HOST}")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    host = SnsHost(sender, _trusting(authority.root), trap)
    app = web.Application()
    app.router.add_get("/{path:.*}", host.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, ADDRESS, 0, ssl_context=context)
        await site.start()
        host.port = int(runner.addresses[0][1])
        yield host
    finally:
        await runner.cleanup()


def _trusting(root: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=root)
