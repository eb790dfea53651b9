"""Access keys: from a file that is reloaded when it changes, or from a setting."""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
import secrets
import time
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from anomaly_container.settings.errors import SettingsError
from anomaly_container.web.file_watch import FileWatch
from anomaly_container.web.regular_file import read_regular

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from multidict import CIMultiDictProxy

    from anomaly_container.settings.access import AccessSettings

KEY_HEADER: Final = "Ocp-Apim-Subscription-Key"
BEARER: Final = "bearer "
MAX_FILE_BYTES: Final = 8 << 20
MAX_KEYS: Final = 100_000
LINE_END: Final = re.compile(r"\r\n|\r|\n")

log = logging.getLogger(__name__)


class AccessKeysError(Exception):
    """A file of access keys cannot be used; the text says why and quotes nothing of it."""


class AccessKeys:
    """The access keys of a file; only their digests are kept in memory.

    Parameters
    ----------
    path
        The file: one access key a line; blank lines and lines that begin with `#` are ignored.
    clock
        A monotonic clock, in seconds.

    While the file cannot be used, the access keys that were read before stay valid. A worker that starts at
    that time has none and refuses every query until the file can be used again.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._secret = secrets.token_bytes(32)
        self._watch = FileWatch([path], clock)
        self._is_reading = False
        self._digests: frozenset[bytes] = frozenset()
        try:
            self._digests = self._read()
        except AccessKeysError as error:
            log.warning("%s No key is valid.", error)

    def __len__(self) -> int:
        """Return the number of access keys."""
        return len(self._digests)

    async def find(self, key: str) -> bytes | None:
        """Return the digest of an access key; None if it is not in the file.

        A changed file is read on a thread; meanwhile the previous access keys are valid. The time of a lookup
        reveals nothing: it depends on digests that are made with a random secret.
        """
        if not self._is_reading and self._watch.has_changed():
            self._is_reading = True
            try:
                await asyncio.to_thread(self._read_again)
            finally:
                self._is_reading = False
        digest = _digest(key, self._secret)
        return digest if digest in self._digests else None

    def _read_again(self) -> None:
        try:
            self._digests = self._read()
        except AccessKeysError as error:
            log.warning("%s The keys that were read before stay valid.", error)
        else:
            log.info("'%s' was read again: %d keys.", self._path, len(self._digests))

    def _read(self) -> frozenset[bytes]:
        return frozenset(_digest(key, self._secret) for key in read_access_keys(self._path))


class InlineAccessKeys:
    """The access keys of a setting; only their digests are kept in memory.

    Parameters
    ----------
    keys
        The access keys; if there are none, every key that is not blank is accepted.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        self._secret = secrets.token_bytes(32)
        self._digests = tuple(_digest(key, self._secret) for key in keys)

    def accepts(self, key: str) -> bool:
        """Return whether a key is accepted, in a time that does not depend on the access keys."""
        if not self._digests:
            return bool(key.strip())
        digest = _digest(key, self._secret)
        found = False
        for known in self._digests:
            found |= hmac.compare_digest(digest, known)
        return found


def _digest(key: str, secret: bytes) -> bytes:
    return blake2b(key.encode(errors="surrogateescape"), key=secret, digest_size=32).digest()


def read_access_keys(path: Path) -> list[str]:
    """Return the access keys of a file without duplicates.

    Raises
    ------
    AccessKeysError
        If the file cannot be read or parsed.
    """
    try:
        octets = read_regular(path, MAX_FILE_BYTES + 1)
    except OSError as error:
        message = f"The file of Access:ApiKeys, '{path}', cannot be read: {error.strerror}."
        raise AccessKeysError(message) from None
    if len(octets) > MAX_FILE_BYTES:
        message = f"The file of Access:ApiKeys, '{path}', is larger than {MAX_FILE_BYTES} bytes."
        raise AccessKeysError(message)
    try:
        return parse_access_keys(octets)
    except ValueError as error:
        message = f"The file of Access:ApiKeys, '{path}', {error}."
        raise AccessKeysError(message) from None


def parse_access_keys(octets: bytes) -> list[str]:
    """Return the access keys in the bytes of a file without duplicates.

    Lines end with LF, CRLF or CR only. Other line separators of Unicode may be part of a comment, and the
    text after them must not become an access key.

    Raises
    ------
    ValueError
        If the file is not UTF-8, has no access keys or too many, or has a line that cannot be one; the text
        completes a sentence and quotes nothing.
    """
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        message = "is not UTF-8"
        raise ValueError(message) from None
    lines = (line.strip(" \t") for line in LINE_END.split(text))
    keys = list(dict.fromkeys(line for line in lines if line and not line.startswith("#")))
    if len(keys) > MAX_KEYS:
        message = f"holds more than {MAX_KEYS} keys"
        raise ValueError(message)
    if not keys:
        message = "holds no key"
        raise ValueError(message)
    if not all("!" <= character <= "~" for key in keys for character in key):
        message = "has a line that no header can carry as a key"
        raise ValueError(message)
    return keys


def access_key_of(headers: CIMultiDictProxy[str]) -> str:
    """Return the access key in the headers of a request; blank if there is none."""
    key = headers.get(KEY_HEADER)
    if key is not None:
        return key
    authorization = headers.get("Authorization", "")
    return authorization[len(BEARER) :].strip() if authorization[: len(BEARER)].lower() == BEARER else ""


def check_access_keys(settings: AccessSettings) -> None:
    """Check the file of access keys.

    Raises
    ------
    SettingsError
        If the settings name a file that cannot be used.
    """
    if settings.access_keys is None:
        return
    try:
        read_access_keys(settings.access_keys)
    except AccessKeysError as error:
        raise SettingsError([str(error)]) from None
