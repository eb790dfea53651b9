"""Which keys open the server: a file of them, read again when it changes."""

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
from anomaly_container.web.file_watch import Watch
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


class KeysError(Exception):
    """A file of keys cannot be used; the text says why and quotes nothing of it."""


class Keys:
    """The keys of a file, of which only digests are kept.

    Parameters
    ----------
    path
        The file: one key a line; blank lines and lines that begin with `#` are none.
    clock
        Seconds that never go back.

    While the file is of no use the keys that were read before stay valid. A worker that begins then, in
    place of one that ended, knows no key: every query is refused until the file is of use again.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._secret = secrets.token_bytes(32)
        self._watch = Watch([path], clock)
        self._is_reading = False
        self._digests: frozenset[bytes] = frozenset()
        try:
            self._digests = self._read()
        except KeysError as error:
            log.warning("%s No key is valid.", error)

    def __len__(self) -> int:
        """Return how many keys there are."""
        return len(self._digests)

    async def find(self, key: str) -> bytes | None:
        """Return the digest of a key that is in the file.

        A file that has changed is read on a thread; meanwhile the keys from before are valid. The time of a
        look-up tells nothing of the keys: where it stops depends on digests, and nobody outside knows their
        secret.
        """
        if not self._is_reading and self._watch.has_changed():
            self._is_reading = True
            try:
                await asyncio.to_thread(self._read_again)
            finally:
                self._is_reading = False
        digest = self._digest(key)
        return digest if digest in self._digests else None

    def _read_again(self) -> None:
        try:
            self._digests = self._read()
        except KeysError as error:
            log.warning("%s The keys that were read before stay valid.", error)
        else:
            log.info("'%s' was read again: %d keys.", self._path, len(self._digests))

    def _read(self) -> frozenset[bytes]:
        return frozenset(self._digest(key) for key in read_keys(self._path))

    def _digest(self, key: str) -> bytes:
        return blake2b(key.encode(errors="surrogateescape"), key=self._secret, digest_size=32).digest()


class InlineKeys:
    """The keys that a setting holds, of which only digests are kept.

    Parameters
    ----------
    keys
        The keys; without any, every key that is not blank is accepted.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        self._secret = secrets.token_bytes(32)
        self._digests = tuple(self._digest(key) for key in keys)

    def accepts(self, key: str) -> bool:
        """Tell whether a key is one of them; the time it takes tells nothing of the others."""
        if not self._digests:
            return bool(key.strip())
        digest = self._digest(key)
        found = False
        for known in self._digests:
            found |= hmac.compare_digest(digest, known)
        return found

    def _digest(self, key: str) -> bytes:
        return blake2b(key.encode(errors="surrogateescape"), key=self._secret, digest_size=32).digest()


def read_keys(path: Path) -> list[str]:
    """Return the keys of a file, each once.

    Raises
    ------
    KeysError
        When it cannot be read, is not UTF-8, holds no key, or a line is none.
    """
    try:
        octets = read_regular(path, MAX_FILE_BYTES + 1)
    except OSError as error:
        message = f"The file of Access:ApiKeys, '{path}', cannot be read: {error.strerror}."
        raise KeysError(message) from None
    if len(octets) > MAX_FILE_BYTES:
        message = f"The file of Access:ApiKeys, '{path}', is larger than {MAX_FILE_BYTES} bytes."
        raise KeysError(message)
    try:
        return parse_keys(octets)
    except ValueError as error:
        message = f"The file of Access:ApiKeys, '{path}', {error}."
        raise KeysError(message) from None


def parse_keys(octets: bytes) -> list[str]:
    """Return the keys in the bytes of a file, each once.

    Lines end at LF, CRLF or CR and nothing else: what other programs take for the end of a line may stand in
    a comment, and what follows it there must not become a key.

    Raises
    ------
    ValueError
        If it is not UTF-8, holds no key or too many, or has a line that cannot be a key; the text completes a
        sentence and quotes nothing.
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


def given_key(headers: CIMultiDictProxy[str]) -> str:
    """Return the key that a request brings, blank when it brings none."""
    key = headers.get(KEY_HEADER)
    if key is not None:
        return key
    authorization = headers.get("Authorization", "")
    return authorization[len(BEARER) :].strip() if authorization[: len(BEARER)].lower() == BEARER else ""


def check_keys(settings: AccessSettings) -> None:
    """Make sure that the server can be opened at all.

    Raises
    ------
    SettingsError
        When there is to be a file of keys, and it is of no use.
    """
    if settings.access_keys is None:
        return
    try:
        read_keys(settings.access_keys)
    except KeysError as error:
        raise SettingsError([str(error)]) from None
