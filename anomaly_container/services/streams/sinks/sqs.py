"""A queue of Amazon SQS."""

from __future__ import annotations

from functools import partial

from anomaly_container.outbound.aws import Sqs
from anomaly_container.services.streams.sinks.messages import MessageSink


def sqs_sink(queue_url: str, *, stream: str, region: str | None, endpoint: str | None) -> MessageSink:
    """Return a sink that sends to a queue.

    Parameters
    ----------
    queue_url
        Its URL.
    stream
        The name of the stream.
    region, endpoint
        As for `Sqs`.

    Raises
    ------
    UrlError, MissingExtraError
        As `Sqs` does.
    """
    return MessageSink(
        partial(Sqs, queue_url, region=region, endpoint=endpoint, extra="aws"),
        stream=stream,
        is_fifo=queue_url.endswith(".fifo"),
    )
