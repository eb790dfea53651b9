"""List a bucket of S3 by botocore, whatever its keys are.

obstore gives up a listing that has a key with a control character, an empty segment or `..`. Anyone who may
write to the bucket could stop its readers with one such object; this listing has that key beside the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from anomaly_container.outbound.aws_thread import AwsThread
from anomaly_container.outbound.stored_object import ObjectInfo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from anomaly_container.outbound.store_url import StoreAddress

PAGE_SECONDS: Final = 30.0


async def listing(address: StoreAddress, prefix: str, start_after: str | None) -> AsyncIterator[ObjectInfo]:
    """Iterate over the objects below a prefix whose keys come after `start_after`, in the order of keys."""
    root = f"{address.prefix}/" if address.prefix else ""
    words: dict[str, object] = {"Bucket": address.bucket, "Prefix": root + prefix}
    if start_after is not None:
        words["StartAfter"] = root + start_after
    thread = AwsThread("s3", endpoint=address.endpoint, region=None)
    try:
        while True:
            page = await thread.call("list_objects_v2", PAGE_SECONDS, **words)
            for found in page.get("Contents", ()):
                yield ObjectInfo(
                    found["Key"].removeprefix(root),
                    found["Size"],
                    found["ETag"].strip('"'),
                    None,
                    found["LastModified"],
                )
            if not page.get("IsTruncated"):
                return
            words["ContinuationToken"] = page["NextContinuationToken"]
    finally:
        await thread.close()
