"""The address of a store, checked before anything is opened."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from anomaly_container.outbound.errors import BadKey, UrlError
from anomaly_container.outbound.loopback import is_loopback
from anomaly_container.outbound.object_key import check_key

SCHEMES: Final = ("s3", "gs", "az", "file")
WITH_ENDPOINT: Final = ("s3", "az")
BUCKET: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,221}[A-Za-z0-9]")


class StoreUrlError(UrlError):
    """The URL of a store, or its endpoint, cannot be used; the text says why and repeats neither."""


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """The place of a store: a bucket and a prefix below it, or a folder."""

    scheme: str
    bucket: str = ""
    prefix: str = ""
    folder: Path = Path("/")
    endpoint: str | None = None
    allow_http: bool = False


def parse_store_url(url: str, *, endpoint: str | None = None, allow_http: bool = False) -> StoreAddress:
    """Return the parts of a URL of `s3`, `gs`, `az` or `file`, or raise `StoreUrlError`."""
    try:
        parts = urlsplit(url)
        has_port = parts.port is not None
    except ValueError:
        raise StoreUrlError(message="The URL of the store cannot be parsed.") from None
    if parts.scheme not in SCHEMES:
        raise StoreUrlError(message="The URL of the store begins with s3://, gs://, az:// or file://.")
    if "@" in parts.netloc or has_port or "?" in url or "#" in url:
        raise StoreUrlError(
            message="The URL of the store has a user, password, port, query or fragment, and must not."
        )
    if endpoint is not None:
        _check_endpoint(endpoint, parts.scheme, allow_http=allow_http)
    if parts.scheme == "file":
        return StoreAddress("file", folder=_folder(parts.netloc, parts.path))
    if not BUCKET.fullmatch(parts.netloc):
        raise StoreUrlError(message="The URL of the store has no name of a bucket after its scheme.")
    prefix = parts.path.strip("/")
    try:
        if prefix:
            check_key(prefix)
    except BadKey:
        raise StoreUrlError(message="The prefix in the URL of the store cannot be a key.") from None
    return StoreAddress(parts.scheme, parts.netloc, prefix, endpoint=endpoint, allow_http=allow_http)


def _folder(host: str, path: str) -> Path:
    folder = unquote(path)
    if host not in {"", "localhost"} or not folder.startswith("/") or "\0" in folder:
        raise StoreUrlError(message="A file:// URL has an absolute path: file:///folder.")
    return Path(folder)


def _check_endpoint(endpoint: str, scheme: str, *, allow_http: bool) -> None:
    if scheme not in WITH_ENDPOINT:
        raise StoreUrlError(message="An endpoint is for s3:// and az:// only.")
    try:
        parts = urlsplit(endpoint)
        host = parts.hostname
    except ValueError:
        raise StoreUrlError(message="The endpoint of the store cannot be parsed.") from None
    if (
        parts.scheme not in {"http", "https"}
        or not host
        or "@" in parts.netloc
        or parts.query
        or parts.fragment
    ):
        raise StoreUrlError(
            message="The endpoint of the store is an http(s) URL without user, password or query."
        )
    if parts.scheme == "http" and not allow_http and not is_loopback(host):
        raise StoreUrlError(
            message="The endpoint of the store is http: only loopback may be, unless http is allowed."
        )
