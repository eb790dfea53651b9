"""The signature of an SNS message (Amazon's "Verifying the signatures of Amazon SNS messages")."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from anomaly_container.outbound.allowed_hosts import ForbiddenUrlError, allowed_url

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cryptography.x509 import Certificate

    from anomaly_container.outbound.allowed_hosts import HttpsUrl

OLDEST: Final = timedelta(hours=2)
"""The age of the oldest accepted message: retries may last an hour."""
FURTHEST_AHEAD: Final = timedelta(minutes=5)
_NOTIFICATION: Final = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION: Final = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
SIGNED_FIELDS: Final[Mapping[str, Sequence[str]]] = {
    "Notification": _NOTIFICATION,
    "SubscriptionConfirmation": _CONFIRMATION,
    "UnsubscribeConfirmation": _CONFIRMATION,
}
"""The signed fields of each kind of message, in their order; only `Subject` may be missing."""
CERTIFICATE_PATH: Final = re.compile(r"/SimpleNotificationService-[0-9a-f]{8,64}\.pem")
CERTIFICATE_NAMES: Final = frozenset({"sns.amazonaws.com", "sns.amazonaws.com.cn"})


class BadSignatureError(Exception):
    """A message is not signed by the service that it claims to come from."""


def string_to_sign(message: Mapping[str, Any]) -> bytes:
    """Return the signed bytes of a message: name and value of each field on lines of their own.

    Parameters
    ----------
    message
        The message.

    Raises
    ------
    BadSignatureError
        If a field is missing or is not a text.
    """
    lines = []
    for name in SIGNED_FIELDS[message["Type"]]:
        value = message.get(name)
        if value is None and name == "Subject":
            continue
        if not isinstance(value, str):
            raise BadSignatureError
        lines += [name, value]
    return "".join(f"{line}\n" for line in lines).encode(errors="surrogatepass")


def check_time(timestamp: object, now: float) -> None:
    """Refuse a message that is too old, or from the future.

    Parameters
    ----------
    timestamp
        The field `Timestamp`, in ISO 8601.
    now
        The time in seconds since 1970.

    Raises
    ------
    BadSignatureError
        If it is more than two hours old or more than five minutes ahead, or is not a time.
    """
    try:
        sent = datetime.fromisoformat(str(timestamp))
    except ValueError:
        raise BadSignatureError from None
    if sent.tzinfo is None:
        sent = sent.replace(tzinfo=UTC)
    age = datetime.fromtimestamp(now, UTC) - sent
    if not -FURTHEST_AHEAD <= age <= OLDEST:
        raise BadSignatureError


def is_certificate_url(url: object, hosts: Sequence[str]) -> bool:
    """Return whether a URL is one under which the service publishes its certificates.

    Parameters
    ----------
    url
        The field `SigningCertURL`.
    hosts
        The allowed hosts; `*` stands for one label.
    """
    parts = _https(url, hosts)
    return parts is not None and "?" not in parts.text and CERTIFICATE_PATH.fullmatch(parts.path) is not None


def is_subscribe_url(message: Mapping[str, Any], hosts: Sequence[str]) -> bool:
    """Return whether `SubscribeURL` confirms the topic and the token of its message, and nothing else.

    Parameters
    ----------
    message
        The confirmation.
    hosts
        The allowed hosts; `*` stands for one label.
    """
    parts = _https(message.get("SubscribeURL"), hosts)
    if parts is None or parts.path not in {"", "/"}:
        return False
    pairs = sorted(pair.partition("=")[::2] for pair in parts.query.split("&"))
    expected = {
        "Action": "ConfirmSubscription",
        "Token": message.get("Token"),
        "TopicArn": message.get("TopicArn"),
    }
    return pairs == sorted((name, str(value)) for name, value in expected.items())


def verify(message: Mapping[str, Any], certificate: Certificate, now: float) -> None:
    """Check the signature of a message against a certificate.

    Parameters
    ----------
    message
        The message.
    certificate
        The certificate of the service, from `SigningCertURL`.
    now
        The time in seconds since 1970.

    Raises
    ------
    BadSignatureError
        If the signature or the certificate is not valid.
    """
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm  # noqa: PLC0415  # the extra `batches`
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415  # as above
    from cryptography.hazmat.primitives.asymmetric import padding, rsa  # noqa: PLC0415  # as above
    from cryptography.x509 import DuplicateExtension  # noqa: PLC0415  # as above

    algorithms = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303  # version 1 of the protocol is SHA-1
    algorithm = algorithms.get(str(message.get("SignatureVersion")))
    try:
        key, names = certificate.public_key(), _names_of(certificate)
    except (ValueError, UnsupportedAlgorithm, DuplicateExtension):  # of a certificate that is not well made
        raise BadSignatureError from None
    moment = datetime.fromtimestamp(now, UTC)
    is_valid = certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc
    if algorithm is None or not is_valid or not isinstance(key, rsa.RSAPublicKey):
        raise BadSignatureError
    if not CERTIFICATE_NAMES & names:
        raise BadSignatureError
    try:
        signature = base64.b64decode(str(message.get("Signature")), validate=True)
        key.verify(signature, string_to_sign(message), padding.PKCS1v15(), algorithm)
    except (binascii.Error, ValueError, InvalidSignature):
        raise BadSignatureError from None


def _names_of(certificate: Certificate) -> set[str]:
    from cryptography import x509  # noqa: PLC0415  # the extra `batches`

    subject = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    names = {str(attribute.value).casefold() for attribute in subject}
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return names
    return names | {name.casefold() for name in extension.value.get_values_for_type(x509.DNSName)}


def _https(url: object, hosts: Sequence[str]) -> HttpsUrl | None:
    """Return the parts of an https URL of an allowed host; None if it is not one."""
    try:
        return allowed_url(str(url), hosts)
    except ForbiddenUrlError:
        return None
