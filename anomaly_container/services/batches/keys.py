"""The keys of objects: which are batches, where their results go, and the ids of batches."""

from __future__ import annotations

import hashlib
import re
from typing import Final

RAW: Final = "raw/"
PROCESSED: Final = "processed/"
STAGING: Final = "staging/"
STATE: Final = "state/batches.json"
VIEW: Final = "state/baseline.json"
"""The baseline in the shape of the original pipeline, for its readers."""
INBOX: Final = "state/inbox/"
SHARDS: Final = "state/ledger/"
RETRIES: Final = "state/retry/"
TURN: Final = "state/turn"
POLL_LEASE: Final = "state/.poll"
DEAD_LETTERS: Final = "deadletter/"

LONGEST: Final = 1024
"""The longest key in bytes."""
LONGEST_PART: Final = 255
"""The longest name between two slashes in bytes: that of most file systems."""
_TABLE: Final = re.compile(r"\.(csv(\.gz|\.zst)?|parquet)$", re.IGNORECASE)
_CSV: Final = re.compile(r"\.csv(\.gz|\.zst)?$", re.IGNORECASE)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def is_table(key: str) -> bool:
    """Return whether a key below `raw/` names a table, by its suffix and the form of its name.

    Markers of directories, temporary files and files whose name begins with `_` or `.` are not tables.
    """
    name = key.rpartition("/")[2]
    return key.startswith(RAW) and _TABLE.search(name) is not None and not name.startswith(("_", "."))


def is_safe(key: str) -> bool:
    """Return whether a key can be used: not too long, without control characters and `..`.

    The keys of its results are longer than the key itself, and must fit too.
    """
    if not _is_unicode(key) or _CONTROL.search(key):
        return False
    together = [key, output_key(key), summary_key(key)]
    parts = {part for one in together for part in one.split("/")}
    return (
        max(len(one.encode()) for one in together) <= LONGEST
        and max(len(part.encode()) for part in parts) <= LONGEST_PART
        and not parts & {"", "..", "."}
    )


def is_plain(name: str) -> bool:
    """Return whether a name between two slashes can be used in other keys."""
    return _is_unicode(name) and not _CONTROL.search(name) and name not in {"", "..", "."}


def is_scored(key: str) -> bool:
    """Return whether a key below `processed/` names a scored table that can be shown."""
    return _CSV.search(key) is not None


def output_key(key: str) -> str:
    """Return the key of the scored table."""
    return PROCESSED + key.removeprefix(RAW)


def summary_key(key: str) -> str:
    """Return the key of the summary: the last suffix of the scored table is replaced."""
    return _TABLE.sub("", output_key(key)) + "_summary.json"


def staging_keys(attempt: str) -> tuple[str, str]:
    """Return the keys of the table and of the summary of an attempt before it is committed."""
    return f"{STAGING}{attempt}.csv", f"{STAGING}{attempt}.json"


def batch_id(key: str, etag: str) -> str:
    """Return the id of a batch: 16 hexadecimal digits of a hash of key and etag."""
    return hashlib.sha256(f"{key}\n{etag}".encode(errors="surrogatepass")).hexdigest()[:16]


def key_id(key: str) -> str:
    """Return 16 hexadecimal digits of a hash of a key, as they name a dead letter."""
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()[:16]


def hidden(key: str) -> str:
    """Return what a log says of a key if it may not show it."""
    return key_id(key)[:8]


def shard_key(key: str) -> str:
    """Return the key of the shard that remembers a batch after it has left the ring."""
    return f"{SHARDS}{hashlib.sha256(key.encode(errors='surrogatepass')).hexdigest()[:2]}.json"


def _is_unicode(key: str) -> bool:
    try:
        key.encode()
    except UnicodeEncodeError:
        return False
    return True
