"""The certificate of the server, taken anew when its files change."""

from __future__ import annotations

import logging
import ssl
import time
from typing import TYPE_CHECKING, Final

from anomaly_container.settings.errors import SettingsError
from anomaly_container.web.file_watch import Watch
from anomaly_container.web.regular_file import regular_size

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from anomaly_container.settings.access import AccessSettings

MAX_FILE_BYTES: Final = 1 << 20

log = logging.getLogger(__name__)


class CertificateError(Exception):
    """A certificate and its key are of no use; the text says why."""


class Certificate:
    """What new connections are encrypted with; those that are open keep what they began with.

    Parameters
    ----------
    certificate
        A file in PEM: the certificate, then those that lead from it to a known authority.
    key
        A file in PEM with its private key, without a password; None when it is in the same file.
    clock
        Seconds that never go back.

    While the two do not fit or cannot be read, what was read before stays in use. A worker that begins
    then, in place of one that ended, has nothing.
    """

    def __init__(
        self, certificate: Path, key: Path | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._certificate = certificate
        self._key = key
        self._watch = Watch([certificate, *([key] if key else [])], clock)
        self._context: ssl.SSLContext | None = None
        try:
            self._context = make_context(certificate, key)
        except CertificateError as error:
            log.warning("%s No connection can be encrypted.", error)

    def context(self) -> ssl.SSLContext | None:
        """Return what the next connection is encrypted with; None when it cannot be."""
        if self._watch.has_changed():
            try:
                # One of its own: in the old context half of a broken pair would stay.
                self._context = make_context(self._certificate, self._key)
            except CertificateError as error:
                log.warning("%s The certificate that was read before stays in use.", error)
            else:
                log.info("The certificate in '%s' was read again.", self._certificate)
        return self._context


def make_context(certificate: Path, key: Path | None) -> ssl.SSLContext:
    """Return the terms of encryption: TLS 1.2 or later.

    Raises
    ------
    CertificateError
        When certificate and key do not fit or cannot be read.
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
        # Without the password a locked key would be asked for on the terminal.
        context.load_cert_chain(certificate, key, password="")
    except ssl.SSLError as error:
        message = f"Tls:Certificate and Tls:Key are no certificate with its private key: {error.reason}."
        raise CertificateError(message) from None
    except OSError as error:
        message = f"Tls:Certificate or Tls:Key cannot be read: {error.strerror}."
        raise CertificateError(message) from None
    return context


def certificate_of(settings: AccessSettings) -> Certificate | None:
    """Return the certificate that the settings name."""
    if settings.tls_certificate is None:
        return None
    return Certificate(settings.tls_certificate, settings.tls_key)


def check_certificate(settings: AccessSettings) -> None:
    """Make sure that connections can be encrypted when they are to be.

    Raises
    ------
    SettingsError
        When they cannot.
    """
    if settings.tls_certificate is None:
        return
    try:
        make_context(settings.tls_certificate, settings.tls_key)
    except CertificateError as error:
        raise SettingsError([str(error)]) from None
