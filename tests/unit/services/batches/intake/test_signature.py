"""Signatures of SNS.

The smallest example: of a notification without a subject, the names and values of five fields are signed.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from anomaly_container.services.batches.intake.signature import (
    BadSignatureError,
    check_time,
    is_certificate_url,
    is_subscribe_url,
    string_to_sign,
    verify,
)
from tests.support.sns_sender import HOST, PEM, Sender

if TYPE_CHECKING:
    from collections.abc import Mapping

HOSTS = ("sns.*.amazonaws.com", "sns.*.amazonaws.com.cn")
MESSAGE = {
    "Type": "Notification",
    "MessageId": "1",
    "TopicArn": "arn",
    "Message": "{}\n",
    "Timestamp": "2026-03-01T00:00:00.000Z",
    "Other": "is not signed",
}
NOON = 1_772_366_400.0  # 2026-03-01T12:00:00Z


def test_the_string_to_sign_of_a_notification() -> None:
    assert string_to_sign(MESSAGE) == (
        b"Message\n{}\n\nMessageId\n1\nTimestamp\n2026-03-01T00:00:00.000Z\nTopicArn\narn\nType\nNotification\n"
    )
    assert string_to_sign(MESSAGE | {"Subject": "s"}).startswith(
        b"Message\n{}\n\nMessageId\n1\nSubject\ns\nTimestamp\n"
    )


@pytest.mark.parametrize("kind", ["SubscriptionConfirmation", "UnsubscribeConfirmation"])
def test_the_string_to_sign_of_a_confirmation(kind: str) -> None:
    message = MESSAGE | {"Type": kind, "Token": "t", "SubscribeURL": "u", "Subject": "is not signed"}
    assert string_to_sign(message) == (
        b"Message\n{}\n\nMessageId\n1\nSubscribeURL\nu\nTimestamp\n2026-03-01T00:00:00.000Z\nToken\nt\n"
        b"TopicArn\narn\nType\n" + kind.encode() + b"\n"
    )


@pytest.mark.parametrize("name", ["Message", "MessageId", "Timestamp", "TopicArn"])
@pytest.mark.parametrize("value", [None, 1, ["x"]])
def test_a_signed_field_is_a_text(name: str, value: object) -> None:
    with pytest.raises(BadSignatureError):
        string_to_sign(MESSAGE | {name: value})


@pytest.mark.parametrize(
    ("timestamp", "is_accepted"),
    [
        ("2026-03-01T12:00:00.000Z", True),
        ("2026-03-01T10:00:00.000Z", True),
        ("2026-03-01T09:59:59.999Z", False),
        ("2026-03-01T12:05:00.000Z", True),
        ("2026-03-01T12:05:00.001Z", False),
        ("2026-03-01T13:00:00+01:00", True),
        ("2026-03-01T12:00:00", True),
        ("", False),
        (None, False),
        ("2026-13-01T12:00:00Z", False),
    ],
)
def test_the_age_of_a_message(timestamp: object, is_accepted: bool) -> None:
    if is_accepted:
        check_time(timestamp, NOON)
    else:
        with pytest.raises(BadSignatureError):
            check_time(timestamp, NOON)


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        (f"https://{HOST}{PEM}", True),
        (f"https://{HOST}:443{PEM}", True),
        (f"https://{HOST.upper()}{PEM}", True),
        (f"https://sns.cn-north-1.amazonaws.com.cn{PEM}", True),
        (f"https://sns.us-east-1.amazonaws.com.evil.example{PEM}", False),
        (f"https://{HOST}{PEM}?", False),
        (f"https://{HOST}{PEM}\n", False),
        (f"http://{HOST}{PEM}", False),
        (None, False),
    ],
)
def test_where_a_certificate_may_be(url: object, is_one: bool) -> None:
    assert is_certificate_url(url, HOSTS) is is_one


@pytest.mark.parametrize(
    ("query", "is_one"),
    [
        ("Action=ConfirmSubscription&TopicArn=arn&Token=t", True),
        ("Token=t&Action=ConfirmSubscription&TopicArn=arn", True),
        ("Action=ConfirmSubscription&TopicArn=arn&Token=t2", False),
        ("Action=ConfirmSubscription&TopicArn=arn2&Token=t", False),
        ("Action=ConfirmSubscription&TopicArn=arn&Token=t&Token=t", False),
        ("Action=ConfirmSubscription&TopicArn=arn", False),
        ("", False),
    ],
)
def test_where_a_subscription_may_be_confirmed(query: str, is_one: bool) -> None:
    message: Mapping[str, object] = {
        "SubscribeURL": f"https://{HOST}/?{query}",
        "Token": "t",
        "TopicArn": "arn",
    }
    assert is_subscribe_url(message, HOSTS) is is_one


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_certificate_and_its_time(version: str) -> None:
    sender = Sender()
    certificate = x509.load_pem_x509_certificate(sender.pem)
    signed = sender.signed(MESSAGE | {"SignatureVersion": version})
    now = time.time()
    verify(signed, certificate, now)
    for moment in (now - 2 * 86_400, now + 2 * 86_400):
        with pytest.raises(BadSignatureError):
            verify(signed, certificate, moment)
    with pytest.raises(BadSignatureError):
        verify(signed | {"SignatureVersion": {"1": "2", "2": "1"}[version]}, certificate, now)


@pytest.mark.parametrize(
    ("name", "is_known"),
    [
        ("sns.amazonaws.com", True),
        ("sns.amazonaws.com.cn", True),
        ("SNS.amazonaws.com", True),
        ("sns.us-east-1.amazonaws.com", False),
        ("sns.amazonaws.com.evil.example", False),
    ],
)
def test_the_name_of_a_certificate(name: str, is_known: bool) -> None:
    sender = Sender(name)
    signed = sender.signed(MESSAGE | {"SignatureVersion": "2"})
    certificate = x509.load_pem_x509_certificate(sender.pem)
    if is_known:
        verify(signed, certificate, time.time())
    else:
        with pytest.raises(BadSignatureError):
            verify(signed, certificate, time.time())
