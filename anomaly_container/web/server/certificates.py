"""The certificate of the server, reloaded when its files change."""

from __future__ import annotations

import logging
import ssl
import time
from typing import TYPE_CHECKING, Final

from anomaly_container.settings.errors import SettingsError
from anomaly_container.web.file_watch import FileWatch
from anomaly_container.web.regular_file import regular_size

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from anomaly_container.settings.access import AccessSettings

MAX_FILE_BYTES: Final = 1 << 20

log = logging.getLogger(__name__)


class CertificateError(Exception):
    """The certificate or its private key cannot be used; the text says why."""


class Certificate:
    """The certificate for new connections; open connections keep the one they began with.

    Parameters
    ----------
    certificate
        A PEM file with the certificate and its chain.
    key
        A PEM file with the private key, without a password; None if it is in the same file.
    clock
        A monotonic clock, in seconds.

    While the files do not match or cannot be read, the certificate that was read before stays in use. A
    worker that starts at that time has no certificate.
    """

    def __init__(
        self, certificate: Path, key: Path | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._certificate = certificate
        self._key = key
        self._watch = FileWatch([certificate, *([key] if key else [])], clock)
        self._context: ssl.SSLContext | None = None
        try:
            self._context = make_context(certificate, key)
        except CertificateError as error:
            log.warning("%s No connection can be encrypted.", error)

    def context(self) -> ssl.SSLContext | None:
        """Return the TLS context for the next connection; None if there is no usable certificate."""
        if self._watch.has_changed():
            try:
                # A new context: the old one would keep half of a broken pair.
                self._context = make_context(self._certificate, self._key)
            except CertificateError as error:
                log.warning("%s The certificate that was read before stays in use.", error)
            else:
                log.info("The certificate in '%s' was read again.", self._certificate)
        return self._context


def make_context(certificate: Path, key: Path | None) -> ssl.SSLContext:
    """Return a TLS context for TLS 1.2 or later.

    Raises
    ------
    CertificateError
        If the certificate and the private key do not match or cannot be read.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    try:
        for path in (certificate, key):
            if path is not None and regular_size(path) > MAX_FILE_BYTES:
                message = f"Tls:Certificate or Tls:Key is larger than {MAX_FILE_BYTES} bytes."
                raise CertificateError(message)
        # Without it, OpenSSL would prompt on the terminal for the password of an encrypted private key.
        context.load_cert_chain(certificate, key, password="")
    except ssl.SSLError as error:
        message = f"Tls:Certificate and Tls:Key are no certificate with its private key: {error.reason}."
        raise CertificateError(message) from None
    except OSError as error:
        message = f"Tls:Certificate or Tls:Key cannot be read: {error.strerror}."
        raise CertificateError(message) from None
    return context


def certificate_of(settings: AccessSettings) -> Certificate | None:
    """Return the certificate of the settings; None without TLS."""
    if settings.tls_certificate is None:
        return None
    return Certificate(settings.tls_certificate, settings.tls_key)


def check_certificate(settings: AccessSettings) -> None:
    """Check the certificate of the settings.

    Raises
    ------
    SettingsError
        If it cannot be used.
    """
    if settings.tls_certificate is None:
        return
    try:
        make_context(settings.tls_certificate, settings.tls_key)
    except CertificateError as error:
        raise SettingsError([str(error)]) from None
