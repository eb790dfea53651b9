"""What the values of the settings must be; each function returns its value, or says what is wrong with it."""

from __future__ import annotations

import re
from math import log
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from pydantic import SecretStr, ValidationInfo

INTAKES: Final = ("poll", "notify", "queue")
SERIES: Final = "series"
DETECTORS: Final = ("zscore", "joint", "forest", SERIES)
SCHEMES: Final = frozenset({"s3", "gs", "az", "file"})
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
QUEUE_URL: Final = re.compile(r"https?://[!-~]+")
TOPIC: Final = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?")
WORD: Final = re.compile("[A-Za-z][A-Za-z0-9_-]{0,63}")
HOST_PATTERN: Final = re.compile(r"[a-z0-9*-]{1,63}(\.[a-z0-9*-]{1,63})+")


def comma_separated(text: str | None) -> tuple[str, ...]:
    """Return the parts of a list without the white space around them; blank parts are left out."""
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def of_store(value: str) -> str:
    """Return the URL of a store."""
    parts = urlsplit(value)
    if parts.scheme not in SCHEMES:
        message = "It must begin with s3://, gs://, az:// or file://"
    elif parts.username or parts.password or parts.query or parts.fragment:
        message = "It must have no user, password, query or fragment; credentials come from the environment"
    elif parts.scheme == "file" and (parts.netloc or not PurePosixPath(parts.path).is_absolute()):
        message = "A folder must be an absolute path, such as file:///data"
    elif parts.scheme != "file" and not parts.netloc:
        message = "The bucket is missing"
    else:
        return value.rstrip("/")
    raise ValueError(message)


def _members(value: str, allowed: tuple[str, ...]) -> str:
    given = [part.casefold() for part in comma_separated(value)]
    if given and set(given) <= set(allowed) and len(given) == len(set(given)):
        return ",".join(given)
    message = f"It must list one or more of {', '.join(allowed)}, separated by commas"
    raise ValueError(message)


def intakes(value: str) -> str:
    """Return a list of ways in which objects are found."""
    return _members(value, INTAKES)


def detectors(value: str) -> str:
    """Return a list of detectors."""
    return _members(value, DETECTORS)


def topics(value: str) -> str:
    """Return a list of SNS topics."""
    if all(map(TOPIC.fullmatch, comma_separated(value))):
        return value
    message = "Each must be the ARN of an SNS topic"
    raise ValueError(message)


def hosts(value: str) -> str:
    """Return a list of patterns of hosts."""
    lowered = value.casefold()
    if comma_separated(lowered) and all(map(HOST_PATTERN.fullmatch, comma_separated(lowered))):
        return lowered
    message = "Each must be the name of a host, with * for a whole label or a part of one"
    raise ValueError(message)


def renames(value: str) -> str:
    """Return a list of new names of columns."""
    pairs = [pair.split(":") for pair in comma_separated(value)]
    if all(len(pair) == 2 and pair[0].strip() and pair[1].strip() for pair in pairs):
        return value
    message = "It must be of the form name:ours,name:ours"
    raise ValueError(message)


def queue(value: str) -> str:
    """Return the URL of a queue."""
    if QUEUE_URL.fullmatch(value):
        return value
    message = "It must be the http or https URL of a queue"
    raise ValueError(message)


def https_url(value: str, info: ValidationInfo) -> str:
    """Return a URL that begins with https, or may begin with http."""
    parts = urlsplit(value)
    is_plain = parts.scheme == "http" and parts.hostname not in LOOPBACK
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.password:
        message = "It must be an absolute https URL with no user"
    elif is_plain and not info.data.get("allow_http"):
        message = "It must be https; http to another machine needs Batches:AllowHttp=true"
    else:
        return value
    raise ValueError(message)


def only_bucket(value: str, info: ValidationInfo) -> str:
    """Return the URL of the one bucket that is named."""
    bucket = info.data.get("bucket_name")
    if bucket is None or value == f"s3://{bucket}":
        return value
    message = "It must name the same bucket as BUCKET_NAME if both are given"
    raise ValueError(message)


def with_queue(value: str | None, info: ValidationInfo) -> str | None:
    """Return intakes that have what they need."""
    if "queue" in comma_separated(value) and info.data.get("queue") is None:
        message = "An intake of queue needs Batches:Queue"
        raise ValueError(message)
    return value


def only_on_loopback(value: bool, info: ValidationInfo) -> bool:
    """Return whether signatures are verified."""
    if value or info.data.get("host") in LOOPBACK:
        return value
    message = "It may be false only if Host is a loopback address"
    raise ValueError(message)


def matures(value: float, info: ValidationInfo) -> float:
    """Refuse a half-life with which rows that come one by one never have the weight of Maturity."""
    maturity = info.data.get("maturity", 0)
    if not value or value > maturity * log(2):
        return value
    message = (
        "It must be 0, or more than 0.694 times Batches:Maturity: with less, small files never add up to the "
        "weight of that many observations"
    )
    raise ValueError(message)


def with_user(value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
    """Return the password of a user."""
    if (value is None) is (info.data.get("notify_user") is None):
        return value
    message = "Batches:Notify:User and Batches:Notify:Password need each other"
    raise ValueError(message)


def word(value: str) -> str:
    """Return the name of what the folders below `raw/` are."""
    if WORD.fullmatch(value):
        return value
    message = "It must be one word, such as device: what the first folder below raw/ is"
    raise ValueError(message)


def not_divided(value: bool, info: ValidationInfo) -> bool:
    """Return whether metrics name channels, which they cannot do for each partition."""
    if value and info.data.get("partition") is not None:
        message = (
            "It cannot be true with Batches:Partition: the channels of all partitions have the same names"
        )
        raise ValueError(message)
    return value
