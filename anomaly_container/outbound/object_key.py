"""Keys of objects: which ones are read and written, whatever the store."""

from __future__ import annotations

from typing import Final

from anomaly_container.outbound.errors import BadKey

MAX_KEY_BYTES: Final = 1024
"""The limit of S3 and Azure; the shortest of all stores."""


def check_key(key: str) -> str:
    """Return the key if every store can hold it: segments between single slashes, none of them special.

    Raises
    ------
    BadKey
        If it is empty or longer than 1024 bytes of UTF-8, begins or ends with a slash, has an empty segment,
        `.` or `..`, a control character or half of a surrogate pair.
    """
    try:
        size = len(key.encode())
    except UnicodeEncodeError:
        raise BadKey(message="The key is not Unicode text.") from None
    if not 0 < size <= MAX_KEY_BYTES:
        raise BadKey(message=f"The key is empty or longer than {MAX_KEY_BYTES} bytes.")
    if any(segment in {"", ".", ".."} for segment in key.split("/")):
        raise BadKey(message="The key has an empty segment, '.' or '..'.")
    if any(character < " " or "\x7f" <= character <= "\x9f" for character in key):
        raise BadKey(message="The key has a control character.")
    return key


def check_prefix(prefix: str) -> str:
    """Return a prefix that is blank, or the key of a folder and a slash.

    Raises
    ------
    BadKey
        If it is neither.
    """
    if prefix:
        if not prefix.endswith("/"):
            raise BadKey(message="A prefix is blank or ends with a slash.")
        check_key(prefix[:-1])
    return prefix
