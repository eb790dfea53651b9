"""Forged messages of SNS: each is refused, and nobody is asked for anything.

The smallest example: a certificate at `https://sns.us-east-1.amazonaws.com.evil.example` is answered 403.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.sns_sender import (
    HOST,
    PEM,
    TOKEN,
    TOPIC,
    Sender,
    SnsHost,
    at,
    s3_event,
    subscribe_url,
)
from tests.unit.services.batches.conftest import notify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.faulty_store import FaultyStore
    from tests.unit.services.batches.conftest import Start

OTHER_TOPIC = TOPIC + "-2"
Fields = dict[str, Any]

# What a forger tries: a name, and what is changed in a message that is signed with the key of the service.
HOSTS = {
    "another host": "https://evil.example",
    "a host that goes on": f"https://{HOST}.evil.example",
    "a host that ends alike": f"https://evil{HOST}",
    "a user before the host": f"https://{HOST}@127.0.0.1",
    "a user of the host": f"https://sns.x@{HOST}",
    "a user and a password": f"https://sns:x@{HOST}",
    "an empty label": "https://sns..amazonaws.com",
    "two labels for one": "https://sns.us-east-1.x.amazonaws.com",
    "a label too few": "https://sns.amazonaws.com",
    "a dot at the end": f"https://{HOST}.",
    "an internationalized name": "https://sns.xn--us-east-1-.amazonaws.com",
    "a letter that looks alike": "https://sns.us-east-1.amazonaws.cöm",
    "another service": "https://s3.us-east-1.amazonaws.com",
    "http": f"http://{HOST}",
    "another port": f"https://{HOST}:8443",
    "an address of loopback": "https://127.0.0.1",
    "an address of metadata": "https://169.254.169.254",
    "loopback of version 6": "https://[::1]",
    "a mapped address": "https://[::ffff:127.0.0.1]",
    "a number for an address": "https://2130706433",
    "a backslash": f"https://127.0.0.1\\@{HOST}",
    "a line feed": f"https://{HOST}\n",
    "a space": f" https://{HOST}",
    "a fragment": f"https://127.0.0.1#{HOST}",
    "an escaped host": "https://sns%2eus-east-1.amazonaws.com",
    "no scheme": f"//{HOST}",
    "a file": "file://",
}
CERTIFICATES = {
    "a query": PEM + "?x=1",
    "an empty query": PEM + "?",
    "another name": "/other.pem",
    "a folder": "/x" + PEM,
    "a way up": "/.." + PEM,
    "no hexadecimal digits": "/SimpleNotificationService-zz0123456789.pem",
    "another suffix": PEM.replace(".pem", ".der"),
    "a fragment behind": PEM + "#x",
}
VISITS = {
    "another action": f"/?Action=DeleteTopic&TopicArn={TOPIC}&Token={TOKEN}",
    "another token": f"/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=other",
    "another topic": f"/?Action=ConfirmSubscription&TopicArn={OTHER_TOPIC}&Token={TOKEN}",
    "a second topic": f"/?Action=ConfirmSubscription&TopicArn={TOPIC}&TopicArn={OTHER_TOPIC}&Token={TOKEN}",
    "one more name": f"/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token={TOKEN}&x=1",
    "no token": f"/?Action=ConfirmSubscription&TopicArn={TOPIC}",
    "a path": f"/x?Action=ConfirmSubscription&TopicArn={TOPIC}&Token={TOKEN}",
    "an escaped name": f"/?%41ction=ConfirmSubscription&TopicArn={TOPIC}&Token={TOKEN}",
    "no query": "/",
}
TRAPPED = ("127.0.0.1", "localhost", f"{HOST}@127.0.0.1", "[::ffff:127.0.0.1]", "2130706433")
TIMES = {
    "no time": "yesterday",
    "nothing": "",
    "the year 1": "0001-01-01T00:00:00+14:00",
    "the year 9999": "9999-12-31T23:59:59-14:00",
}
CHANGES = {
    "Message": s3_event("raw/x.csv"),
    "MessageId": "other",
    "TopicArn": OTHER_TOPIC,
    "Subject": "x",
    "Timestamp": at(-1),
    "Type": "UnsubscribeConfirmation",
}
SIGNATURES = {
    "no signature": None,
    "a signature that is not base64": "!",
    "an empty signature": "",
    "another signature": base64.b64encode(b"\0" * 256).decode(),
    "a list": ["x"],
}


def forgeries(sns: SnsHost) -> Iterator[tuple[str, Fields]]:
    """Yield every forgery with its name; all but those of a signature are signed by the service's own key."""
    sender = sns.sender
    query = subscribe_url().removeprefix(f"https://{HOST}")
    trapped = [f"https://{host}:{sns.trap.address[1]}" for host in TRAPPED]
    hosts = HOSTS | {f"the trap as {host}": host for host in trapped}
    for name, host in hosts.items():
        yield f"certificate at {name}", sender.notification(SigningCertURL=f"{host}{PEM}")
        yield f"visit of {name}", sender.confirmation(SubscribeURL=f"{host}{query}")
    for name, path in CERTIFICATES.items():
        yield f"certificate with {name}", sender.notification(SigningCertURL=f"https://{HOST}{path}")
    for url in (None, 1, "", [PEM]):
        yield f"certificate at {url}", sender.notification() | {"SigningCertURL": url}
    for name, path in VISITS.items():
        yield f"visit with {name}", sender.confirmation(SubscribeURL=f"https://{HOST}{path}")
    # Made now: a long run comes here minutes after this module was read.
    for name, time in {"too old": at(-7300), "too far ahead": at(400), **TIMES}.items():
        yield f"time: {name}", sender.notification(Timestamp=time)
    signed = sender.notification()
    for name, signature in SIGNATURES.items():
        yield f"signature: {name}", signed | {"Signature": signature}
    for version in ("0", "3", "", None, 2.0, "1"):
        yield f"version: {version}", signed | {"SignatureVersion": version}
    for name, changed in CHANGES.items():
        yield f"changed: {name}", signed | {name: changed}
    yield "the key of a stranger", Sender().notification()


async def test_every_forgery_is_refused_and_nobody_is_asked(
    start: Start, store: FaultyStore, sns: SnsHost, record_property: Callable[[str, object], None]
) -> None:
    client = await start("Batches:Topics=")
    assert (await notify(client, sns.sender.confirmation()))[0] == 200
    del sns.requests[:]
    written = len(store.shared.written)
    tried = dict(forgeries(sns))
    assert len(tried) >= 40
    for name, forged in tried.items():
        status, content = await notify(client, forged)
        assert (name, status, content["error"]["code"]) == (name, 403, "BadSignature")
    assert (sns.trap.connections, sns.requests, len(store.shared.written)) == (0, [], written)
    record_property("shown", f"forged SNS messages refused: {len(tried)}, connections elsewhere: 0")


@pytest.mark.parametrize("days", [(-2.0, -1.0), (1.0, 2.0)])
async def test_a_certificate_out_of_its_time_is_403(
    start: Start, sns: SnsHost, days: tuple[float, float]
) -> None:
    sender = Sender("sns.amazonaws.com", *days)
    sns.bodies[PEM] = sender.pem
    assert (await notify(await start(), sender.notification()))[0] == 403


@pytest.mark.parametrize("name", ["sns.us-east-1.amazonaws.com", "sns.amazonaws.com.evil.example"])
async def test_a_certificate_of_another_name_is_403(start: Start, sns: SnsHost, name: str) -> None:
    sender = Sender(name)
    sns.bodies[PEM] = sender.pem
    assert (await notify(await start(), sender.notification()))[0] == 403


async def test_a_name_that_leads_to_another_address_is_not_asked(start: Start, sns: SnsHost) -> None:
    client = await start()
    host = "sns.private.amazonaws.com"  # the test resolver leads it to the trap, which is not permitted
    status, content = await notify(client, sns.sender.notification(SigningCertURL=f"https://{host}{PEM}"))
    assert (status, content["error"]["code"]) == (403, "BadSignature")
    visit = sns.sender.confirmation(SubscribeURL=subscribe_url(host=host))
    status, content = await notify(client, visit)
    assert (status, content["error"]["code"]) == (502, "SubscribeFailed")
    assert sns.trap.connections == 0


@pytest.mark.parametrize("status", [301, 302, 307, 403, 404])
async def test_a_host_without_the_certificate_is_403(start: Start, sns: SnsHost, status: int) -> None:
    sns.answers[PEM] = status
    code, content = await notify(await start(), sns.sender.notification())
    assert (code, content["error"]["code"]) == (403, "BadSignature")
    assert sns.trap.connections == 0


@pytest.mark.parametrize(
    "pem", [b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", b"x" * 16_385]
)
async def test_a_certificate_that_is_none_is_403(start: Start, sns: SnsHost, pem: bytes) -> None:
    sns.bodies[PEM] = pem
    assert (await notify(await start(), sns.sender.notification()))[0] == 403
