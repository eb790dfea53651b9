"""A cloud on loopback: S3, SQS and SNS by moto, and a bucket store in memory."""

from __future__ import annotations

import logging
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import botocore.session
from moto.server import ThreadedMotoServer
from obstore.store import MemoryStore

from anomaly_container.outbound.bucket_store import BucketStore
from anomaly_container.outbound.store_url import StoreAddress

if TYPE_CHECKING:
    from collections.abc import Iterator

REGION = "us-east-1"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "of-a-test",
    "AWS_SECRET_ACCESS_KEY": "of-a-test-too",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""What a client of the cloud finds in its environment."""


@dataclass(frozen=True)
class Cloud:
    """A server of moto; `client` is for what a test itself does there."""

    endpoint: str

    def client(self, service: str) -> Any:  # noqa: ANN401  # botocore has no types
        session = botocore.session.Session()
        return session.create_client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id="of-a-test",
            aws_secret_access_key="of-a-test-too",  # noqa: S106  # moto takes any
        )

    def bucket(self) -> str:
        """Make a bucket."""
        name = f"bucket-{uuid.uuid4().hex[:12]}"
        self.client("s3").create_bucket(Bucket=name)
        return name

    def queue(self) -> str:
        """Make a queue, and return its URL."""
        made = self.client("sqs").create_queue(QueueName=f"queue-{uuid.uuid4().hex[:12]}")
        return str(made["QueueUrl"])


@contextmanager
def cloud() -> Iterator[Cloud]:
    """Serve a cloud on a free port of loopback."""
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield Cloud(f"http://{host}:{port}")
    finally:
        server.stop()


def memory_store() -> BucketStore:
    """Return a bucket store whose objects are in the memory of the process."""
    memory = MemoryStore()
    return BucketStore(memory, memory, address=StoreAddress("memory"))
