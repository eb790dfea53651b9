"""Return the description of an object by obstore as an `ObjectInfo`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anomaly_container.outbound.stored_object import ObjectInfo

if TYPE_CHECKING:
    from obstore import ObjectMeta

UNVERSIONED = "null"
"""The version that S3 gives to objects of a bucket without versions."""


def info_of(meta: ObjectMeta) -> ObjectInfo:
    """Return the info of an object; its etag without quotes."""
    version = meta["version"]
    return ObjectInfo(
        meta["path"],
        meta["size"],
        bare(meta["e_tag"]),
        None if version == UNVERSIONED else version,
        meta["last_modified"],
    )


def bare(etag: str | None) -> str:
    """Return an etag without its quotes; blank if the store gives none."""
    return (etag or "").strip('"')


def quoted(etag: str) -> str:
    """Return an etag as it stands in a condition."""
    return f'"{etag}"'
